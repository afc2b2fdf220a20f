/** The parameters of TLS in general: library, ciphers, tlsmgr(8), tlsproxy(8). */
import {flag, number, text, time, type Parameter} from '../parameter.ts';

export const tls = {
  tls_append_default_CA: flag('no', "Whether the system's CA certificates are trusted besides those configured.", {
    effect: true,
  }),
  tls_config_file: text('default', 'The configuration file of OpenSSL: default, none, or a path.'),
  tls_config_name: text(
    '',
    'The application name whose section of the OpenSSL configuration is read; empty: the default section.',
  ),
  tls_daemon_random_bytes: number('32', 'How many random bytes a daemon gets from tlsmgr(8) to seed its generator.', {
    min: 1,
  }),
  tls_dane_digests: text('sha512 sha256', 'The hashes that DANE records may use, the strongest first.', {
    effect: true,
    min: 1,
  }),
  tls_disable_workarounds: text('', 'The OpenSSL workarounds for faulty peers that are turned off.', {effect: true}),
  tls_eecdh_auto_curves: text(
    'X25519 X448 prime256v1 secp521r1 secp384r1',
    'The elliptic curves of the grade auto, the most wanted first.',
    {effect: true, min: 1},
  ),
  tls_eecdh_strong_curve: text('prime256v1', 'The elliptic curve of the grade strong.', {min: 1}),
  tls_eecdh_ultra_curve: text('secp384r1', 'The elliptic curve of the grade ultra.', {min: 1}),
  tls_export_cipherlist: text(
    'aNULL:-aNULL:HIGH:MEDIUM:LOW:EXPORT:+RC4:@STRENGTH',
    'The OpenSSL ciphers of the grade export and better.',
    {effect: true, min: 1},
  ),
  tls_fast_shutdown_enable: flag('yes', "Whether a TLS session ends without waiting for the peer's close_notify."),
  tls_high_cipherlist: text('aNULL:-aNULL:HIGH:@STRENGTH', 'The OpenSSL ciphers of the grade high.', {
    effect: true,
    min: 1,
  }),
  tls_legacy_public_key_fingerprints: flag(
    'no',
    'Whether public key fingerprints are made in the faulty way of Postfix before 2.9.6.',
    {effect: true},
  ),
  tls_low_cipherlist: text(
    'aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH',
    'The OpenSSL ciphers of the grade low and better.',
    {effect: true, min: 1},
  ),
  tls_medium_cipherlist: text(
    'aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH',
    'The OpenSSL ciphers of the grade medium and better.',
    {effect: true, min: 1},
  ),
  tls_null_cipherlist: text('eNULL:!aNULL', 'The OpenSSL ciphers of the grade null, which sign but do not encrypt.', {
    effect: true,
    min: 1,
  }),
  tls_preempt_cipherlist: flag('no', "Whether the server's order of ciphers goes before the client's.", {effect: true}),
  tls_random_bytes: number('32', 'How many bytes tlsmgr(8) reads from tls_random_source each time.', {min: 1}),
  tls_random_exchange_name: text(
    '${data_directory}/prng_exch',
    'The file in which tlsmgr(8) keeps the state of its random generator between runs.',
  ),
  tls_random_prng_update_period: time('3600s', 'How often tlsmgr(8) saves the state of its random generator.', {
    min: 1,
  }),
  tls_random_reseed_period: time('3600s', 'The longest time between two reads of tls_random_source.', {min: 1}),
  tls_random_source: text('dev:/dev/urandom', 'Where tlsmgr(8) gets random bytes: dev:PATH, egd:SOCKET, or a file.'),
  tls_server_sni_maps: text(
    '',
    'The tables with the key and certificate files for each server name that clients ask for (SNI).',
    {effect: true},
  ),
  tls_session_ticket_cipher: text('aes-256-cbc', 'The cipher that encrypts TLS session tickets.'),
  tls_ssl_options: text('', 'The further OpenSSL options that are turned on.', {effect: true}),
  tls_wildcard_matches_multiple_labels: flag(
    'yes',
    'Whether a "*" in a certificate stands for any number of labels, not for one.',
    {effect: true},
  ),
  tlsmgr_service_name: text('tlsmgr', 'The service name of tlsmgr(8), which keeps random state and TLS sessions.', {
    min: 1,
  }),
  tlsproxy_client_CAfile: text(
    '$smtp_tls_CAfile',
    'The file with the CA certificates that tlsproxy(8) checks server certificates against.',
  ),
  tlsproxy_client_CApath: text(
    '$smtp_tls_CApath',
    'The directory with the CA certificates that tlsproxy(8) checks server certificates against.',
  ),
  tlsproxy_client_cert_file: text(
    '$smtp_tls_cert_file',
    'The file with the RSA certificate of tlsproxy(8) as client, and its chain.',
  ),
  tlsproxy_client_chain_files: text(
    '$smtp_tls_chain_files',
    'The files with the keys and certificates of tlsproxy(8) as client, in place of the other such files.',
  ),
  tlsproxy_client_dcert_file: text(
    '$smtp_tls_dcert_file',
    'The file with the DSA certificate of tlsproxy(8) as client, and its chain.',
  ),
  tlsproxy_client_dkey_file: text('$smtp_tls_dkey_file', 'The file with the DSA key of tlsproxy(8) as client.'),
  tlsproxy_client_eccert_file: text(
    '$smtp_tls_eccert_file',
    'The file with the ECDSA certificate of tlsproxy(8) as client, and its chain.',
  ),
  tlsproxy_client_eckey_file: text('$smtp_tls_eckey_file', 'The file with the ECDSA key of tlsproxy(8) as client.'),
  tlsproxy_client_enforce_tls: flag(
    '$smtp_enforce_tls',
    'Whether servers must use TLS through tlsproxy(8); tlsproxy_client_security_level replaces it.',
  ),
  tlsproxy_client_fingerprint_digest: text(
    '$smtp_tls_fingerprint_digest',
    'The hash with which tlsproxy(8) makes fingerprints of server certificates.',
    {min: 1},
  ),
  tlsproxy_client_key_file: text('$smtp_tls_key_file', 'The file with the RSA key of tlsproxy(8) as client.'),
  tlsproxy_client_loglevel: text('$smtp_tls_loglevel', 'How much tlsproxy(8) as client logs about TLS, from 0 to 4.'),
  tlsproxy_client_loglevel_parameter: text(
    'smtp_tls_loglevel',
    'The name of the parameter that tlsproxy_client_loglevel has its value from.',
  ),
  tlsproxy_client_per_site: text(
    '$smtp_tls_per_site',
    'The tables with the TLS use of each site; tlsproxy_client_policy_maps replaces them.',
  ),
  tlsproxy_client_policy_maps: text(
    '${tlsproxy_client_policy:$smtp_tls_policy_maps}',
    'The tables with the TLS level, and more, of each destination reached through tlsproxy(8).',
  ),
  tlsproxy_client_scert_verifydepth: number(
    '$smtp_tls_scert_verifydepth',
    'How many certificates deep the chain of a server may be that tlsproxy(8) checks.',
    {min: 0},
  ),
  tlsproxy_client_security_level: text(
    '${tlsproxy_client_level:$smtp_tls_security_level}',
    'The TLS level of tlsproxy(8) as client, as in smtp_tls_security_level.',
  ),
  tlsproxy_client_use_tls: flag(
    '$smtp_use_tls',
    'Whether TLS through tlsproxy(8) is used when offered; tlsproxy_client_security_level replaces it.',
  ),
  tlsproxy_enforce_tls: flag(
    '$smtpd_enforce_tls',
    'Whether clients must use TLS with tlsproxy(8); tlsproxy_tls_security_level = encrypt replaces it.',
  ),
  tlsproxy_service_name: text(
    'tlsproxy',
    'The service name of tlsproxy(8), which does TLS for postscreen(8) and for reused client sessions.',
    {min: 1},
  ),
  tlsproxy_tls_CAfile: text(
    '$smtpd_tls_CAfile',
    'The file with the CA certificates that tlsproxy(8) checks client certificates against.',
  ),
  tlsproxy_tls_CApath: text(
    '$smtpd_tls_CApath',
    'The directory with the CA certificates that tlsproxy(8) checks client certificates against.',
  ),
  tlsproxy_tls_always_issue_session_ids: flag(
    '$smtpd_tls_always_issue_session_ids',
    'Whether tlsproxy(8) gives TLS session IDs even without a session cache.',
  ),
  tlsproxy_tls_ask_ccert: flag(
    '$smtpd_tls_ask_ccert',
    'Whether tlsproxy(8) asks a client for a certificate, which it need not have.',
  ),
  tlsproxy_tls_ccert_verifydepth: number(
    '$smtpd_tls_ccert_verifydepth',
    'How many certificates deep the chain of a client may be that tlsproxy(8) checks.',
    {min: 0},
  ),
  tlsproxy_tls_cert_file: text(
    '$smtpd_tls_cert_file',
    'The file with the RSA certificate of tlsproxy(8) as server, and its chain.',
  ),
  tlsproxy_tls_chain_files: text(
    '$smtpd_tls_chain_files',
    'The files with the keys and certificates of tlsproxy(8) as server, in place of the other such files.',
  ),
  tlsproxy_tls_ciphers: text(
    '$smtpd_tls_ciphers',
    'The weakest cipher grade for TLS that tlsproxy(8) offers but does not require.',
    {min: 1},
  ),
  tlsproxy_tls_dcert_file: text(
    '$smtpd_tls_dcert_file',
    'The file with the DSA certificate of tlsproxy(8) as server, and its chain.',
  ),
  tlsproxy_tls_dh1024_param_file: text(
    '$smtpd_tls_dh1024_param_file',
    'The file with the Diffie-Hellman parameters of tlsproxy(8), or auto; empty or auto: OpenSSL 3 chooses them.',
  ),
  tlsproxy_tls_dh512_param_file: text(
    '$smtpd_tls_dh512_param_file',
    'The file with Diffie-Hellman parameters of tlsproxy(8) for export ciphers; ignored, as these are no longer used.',
  ),
  tlsproxy_tls_dkey_file: text('$smtpd_tls_dkey_file', 'The file with the DSA key of tlsproxy(8) as server.'),
  tlsproxy_tls_eccert_file: text(
    '$smtpd_tls_eccert_file',
    'The file with the ECDSA certificate of tlsproxy(8) as server, and its chain.',
  ),
  tlsproxy_tls_eckey_file: text('$smtpd_tls_eckey_file', 'The file with the ECDSA key of tlsproxy(8) as server.'),
  tlsproxy_tls_eecdh_grade: text(
    '$smtpd_tls_eecdh_grade',
    'The strength of ephemeral elliptic-curve key exchange in tlsproxy(8): auto, none, strong or ultra.',
    {min: 1},
  ),
  tlsproxy_tls_exclude_ciphers: text(
    '$smtpd_tls_exclude_ciphers',
    'The ciphers that tlsproxy(8) as server never uses.',
  ),
  tlsproxy_tls_fingerprint_digest: text(
    '$smtpd_tls_fingerprint_digest',
    'The hash with which tlsproxy(8) makes fingerprints of client certificates.',
    {min: 1},
  ),
  tlsproxy_tls_key_file: text('$smtpd_tls_key_file', 'The file with the RSA key of tlsproxy(8) as server.'),
  tlsproxy_tls_loglevel: text('$smtpd_tls_loglevel', 'How much tlsproxy(8) as server logs about TLS, from 0 to 4.'),
  tlsproxy_tls_mandatory_ciphers: text(
    '$smtpd_tls_mandatory_ciphers',
    'The weakest cipher grade where tlsproxy(8) requires TLS.',
    {min: 1},
  ),
  tlsproxy_tls_mandatory_exclude_ciphers: text(
    '$smtpd_tls_mandatory_exclude_ciphers',
    'The further ciphers that are not used where tlsproxy(8) requires TLS.',
  ),
  tlsproxy_tls_mandatory_protocols: text(
    '$smtpd_tls_mandatory_protocols',
    'The TLS versions where tlsproxy(8) requires TLS.',
  ),
  tlsproxy_tls_protocols: text(
    '$smtpd_tls_protocols',
    'The TLS versions where tlsproxy(8) offers TLS but does not require it.',
  ),
  tlsproxy_tls_req_ccert: flag(
    '$smtpd_tls_req_ccert',
    'Whether tlsproxy(8) requires a trusted client certificate, where it requires TLS.',
  ),
  tlsproxy_tls_security_level: text(
    '$smtpd_tls_security_level',
    'Whether TLS with tlsproxy(8) is off (none), offered (may) or required (encrypt).',
  ),
  tlsproxy_use_tls: flag(
    '$smtpd_use_tls',
    'Whether tlsproxy(8) offers TLS; tlsproxy_tls_security_level = may replaces it.',
  ),
  tlsproxy_watchdog_timeout: time('10s', 'How long tlsproxy(8) may work on one event before its watchdog ends it.', {
    min: 10,
  }),
} satisfies Record<string, Parameter>;
