/** TLS: ssl_*. */
import {choice, flag, text} from '../setting-row.ts';

export const masterServiceSslRows = {
  name: 'ssl',
  needs: [],
  rows: {
    ssl: choice(['yes', 'no', 'required'], {effect: true}),
    ssl_ca: text('', {effect: true}),
    ssl_client_ca_file: text(''),
    ssl_client_ca_dir: text(''),
    ssl_client_cert: text(''),
    ssl_client_key: text(''),
    ssl_cipher_list: text(
      'ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH',
      {effect: true},
    ),
    ssl_cipher_suites: text(''),
    ssl_curve_list: text('', {effect: true}),
    ssl_min_protocol: text('TLSv1.2', {effect: true}),
    ssl_cert_username_field: text('commonName'),
    ssl_crypto_device: text(''),
    ssl_verify_client_cert: flag('no', {effect: true}),
    ssl_client_require_valid_cert: flag('yes'),
    ssl_require_crl: flag('yes'),
    verbose_ssl: flag('no'),
    ssl_prefer_server_ciphers: flag('no', {effect: true}),
    ssl_options: text(''),
  },
};

export const masterServiceSslServerRows = {
  name: 'ssl-server',
  needs: ['ssl'],
  rows: {
    ssl_cert: text('', {effect: true}),
    ssl_key: text('', {effect: true}),
    ssl_alt_cert: text('', {effect: true}),
    ssl_alt_key: text('', {effect: true}),
    ssl_key_password: text('', {effect: true}),
    ssl_dh: text(''),
  },
};
