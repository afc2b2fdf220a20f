import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ConfigError} from '../../../../src/core/base/errors.ts';
import {loadDovecotConfig, type DovecotConfig} from '../../../../src/core/config/dovecot/dovecot-config.ts';
import {firstFiles} from '../../../../src/core/config/first-files.ts';

const CONFIG = `
protocols = imap pop3
mail_location = maildir:~/Maildir
mail_plugins = a
auth_failure_delay = 3 mins
login_proxy_timeout = 1500 ms
mail_attachment_min_size = 2 k
disable_plaintext_auth = no
ssl_cert = <cert.pem
default_internal_user = nobody
passdb {
  driver = passwd-file
  args = scheme=PLAIN users
}
passdb {
  driver = pam
  deny = yes
}
userdb {
  driver = static
  default_fields = uid=5
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Trash {
    auto = subscribe
    autoexpunge = 30 days
    special_use = \\Trash
  }
}
plugin {
  quota = count:User quota
  sieve = ~/.dovecot.sieve
}
dict {
  quota = file:x
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = 2143
  }
}
protocol imap {
  mail_plugins = $mail_plugins imap_quota
  plugin {
    quota = none
  }
}
local_name *.example.com {
  ssl_min_protocol = TLSv1.3
}
local 10.0.0.0/8 {
  protocol imap {
    mail_server_admin = mailto:x
  }
}
remote 2001:db8::/32 {
  login_greeting = hello
}
`;

suite('dovecot.conf for the engine', () => {
  let folder = '';
  let config: DovecotConfig;

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'dovecot-'));
    writeFileSync(join(folder, 'cert.pem'), 'PEM\n');
    config = load(CONFIG);
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  function load(text: string): DovecotConfig {
    const path = join(folder, 'dovecot.conf');
    writeFileSync(path, text, 'latin1');
    return loadDovecotConfig({path, root: '/srv/mail', environment: {}});
  }

  test('values have the type of their row', () => {
    const settings = config.settings();
    const delay: number = settings.get('auth_failure_delay');
    const isDisabled: boolean = settings.get('disable_plaintext_auth');
    const location: string = settings.get('mail_location');
    assert.deepEqual([delay, isDisabled, location], [180, false, 'maildir:~/Maildir']);
    assert.equal(settings.get('login_proxy_timeout'), 1500);
    assert.equal(settings.get('mail_attachment_min_size'), 2048);
    assert.equal(settings.get('mail_fsync'), 'optimized');
    assert.equal(settings.get('imap_urlauth_submit_user'), undefined);
  });

  test('path-valued defaults lie below the root of the instance', () => {
    assert.equal(config.settings().get('base_dir'), '/srv/mail/run/dovecot');
    assert.equal(config.settings().get('state_dir'), '/srv/mail/var/lib/dovecot');
  });

  test('a setting knows where it was set', () => {
    const path = join(folder, 'dovecot.conf');
    assert.deepEqual(config.settings().origin('mail_location'), {file: path, line: 3});
    assert.equal(config.settings().origin('mail_fsync'), undefined);
  });

  test('a file is read, and its name is known for what reads it again', () => {
    assert.equal(config.settings().get('ssl_cert'), 'PEM\n');
    assert.equal(config.settings().file('ssl_cert'), join(folder, 'cert.pem'));
    assert.equal(config.settings().file('ssl_key'), undefined);
    assert.deepEqual(config.files, [join(folder, 'dovecot.conf'), join(folder, 'cert.pem')]);
  });

  test('filters apply to whom they are for', () => {
    const imap = config.settings({protocol: 'imap'});
    assert.equal(imap.get('mail_plugins'), 'a imap_quota');
    assert.equal(imap.plugin('quota'), 'none');
    assert.equal(imap.plugin('sieve'), '~/.dovecot.sieve');
    assert.equal(config.settings({protocol: 'pop3'}).get('mail_plugins'), 'a');
    assert.equal(config.settings({localName: 'Mail.Example.com'}).get('ssl_min_protocol'), 'TLSv1.3');
    assert.equal(config.settings({localName: 'a.b.example.com'}).get('ssl_min_protocol'), 'TLSv1.2');
    const inside = {protocol: 'imap', localAddress: '10.2.3.4'};
    assert.equal(config.settings(inside).get('mail_server_admin'), 'mailto:x');
    assert.equal(config.settings(inside).get('mail_plugins'), 'a imap_quota');
    assert.equal(config.settings({protocol: 'pop3', localAddress: '10.2.3.4'}).get('mail_server_admin'), '');
    assert.equal(config.settings({remoteAddress: '2001:db8:1::5'}).get('login_greeting'), 'hello');
    assert.equal(config.settings({remoteAddress: '::ffff:1.2.3.4'}).get('login_greeting'), 'Dovecot (Debian) ready.');
  });

  test('the same kind of connection has the same settings', () => {
    assert.equal(config.settings({protocol: 'pop3'}), config.settings({remoteAddress: '1.2.3.4'}));
    assert.notEqual(config.settings({protocol: 'imap'}), config.settings());
  });

  test('sections are records', () => {
    const settings = config.settings();
    assert.deepEqual(
      settings.passdbs.map(({driver, args, deny, result_success}) => [driver, args, deny, result_success]),
      [
        ['passwd-file', 'scheme=PLAIN users', false, 'return-ok'],
        ['pam', '', true, 'return-ok'],
      ],
    );
    assert.equal(settings.userdbs[0]?.default_fields, 'uid=5');
    const [inbox] = settings.namespaces;
    assert.deepEqual([inbox?.name, inbox?.inbox, inbox?.separator, inbox?.alias_for], ['inbox', true, '/', undefined]);
    const [trash] = inbox?.mailbox ?? [];
    assert.deepEqual([trash?.name, trash?.auto, trash?.autoexpunge], ['Trash', 'subscribe', 30 * 86_400]);
    assert.deepEqual(
      [...settings.plugins()],
      [
        ['quota', 'count:User quota'],
        ['sieve', '~/.dovecot.sieve'],
      ],
    );
    assert.equal(settings.dicts().get('quota'), 'file:x');
    assert.ok(settings.serves('pop3') && !settings.serves('lmtp'));
  });

  test('services have their listeners, and what default_... settings stand in for', () => {
    const login = config.settings().services.find(({name}) => name === 'imap-login');
    assert.deepEqual(
      [login?.service_count, login?.process_limit, login?.client_limit, login?.vsz_limit, login?.user],
      [0, 100, 1000, 256 * 1024 * 1024, 'dovenull'],
    );
    assert.deepEqual(
      login?.inet_listener.map(({name, port, ssl}) => [name, port, ssl]),
      [
        ['imap', 2143, false],
        ['imaps', 993, true],
      ],
    );
    const auth = config.settings().services.find(({name}) => name === 'auth');
    const client = auth?.unix_listener.find(({path}) => path === 'auth-client');
    assert.deepEqual([client?.mode, client?.user], [0o600, 'nobody']);
  });

  test('faults name file and line', () => {
    const path = join(folder, 'dovecot.conf');
    assert.throws(
      () => load('\nmail_debug = maybe\n'),
      new ConfigError(
        `Error in configuration file ${path} line 2: Invalid boolean value: maybe (use yes or no)`,
        path,
        2,
      ),
    );
    assert.throws(
      () => load('protocols = gopher\n'),
      /^ConfigError: Error in .*: protocols: Unknown protocol: gopher$/,
    );
    assert.throws(() => load('service imap {\n'), /Missing '}' \(section started at .*dovecot\.conf:1\)$/);
    assert.throws(() => load('ssl_key = <nokey\n'), /ssl_key: Can't open file .*nokey: No such file or directory$/);
  });

  test('what is set in vain is told, with its place', () => {
    const path = join(folder, 'dovecot.conf');
    const told = load(
      'imapc_host = x\nprotocol imap {\n  imapc_host = y\n  imapc_port = 5\n}\n',
    ).settingsWithoutEffect();
    assert.deepEqual(told, [
      {name: 'imapc_host', origin: {file: path, line: 1}},
      {name: 'imapc_port', origin: {file: path, line: 4}},
    ]);
  });

  test('noise is read or refused, in good time', () => {
    const pieces = [
      '{',
      '}',
      '=',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ' ',
      '$',
      '<',
      'a',
      'plugin',
      'service imap',
      '/',
      '!include_try ',
    ];
    let seed = 1;
    for (let round = 0; round < 80; round++) {
      let text = '';
      for (let i = 0; i < 40; i++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        text += pieces[(seed >> 8) % pieces.length];
      }
      try {
        load(text);
      } catch (fault) {
        assert.ok(fault instanceof ConfigError, String(fault));
      }
    }
  });

  test('long lines and deep sections cost linear time', () => {
    const begin = performance.now();
    load(`plugin {\n${'a = b \\\n'.repeat(20_000)}\n}\n`);
    load(`mail_location = ${'"'.repeat(200_000)}\n`);
    assert.throws(() => load('service imap {\n'.repeat(20_000)), ConfigError);
    assert.ok(performance.now() - begin < 4000);
  });

  test('a missing file may be made', () => {
    writeFileSync(join(folder, 'dovecot.conf'), 'ssl_key = <own.key\n');
    const made = loadDovecotConfig({
      path: join(folder, 'dovecot.conf'),
      root: '/',
      makeFile: file => {
        writeFileSync(file, 'KEY');
        return true;
      },
    });
    assert.equal(made.settings().get('ssl_key'), 'KEY');
  });

  test('the first file of an instance is whole', () => {
    const [, text = ''] = firstFiles(folder).find(([name]) => name === 'etc/dovecot/dovecot.conf') ?? [];
    mkdirSync(join(folder, 'etc/dovecot'), {recursive: true});
    const path = join(folder, 'etc/dovecot/dovecot.conf');
    writeFileSync(path, text);
    mkdirSync(join(folder, 'etc/ssl'));
    for (const name of ['posthorn.crt', 'posthorn.key']) writeFileSync(join(folder, 'etc/ssl', name), name);
    const warnings: string[] = [];
    const settings = loadDovecotConfig({path, root: folder, warn: each => warnings.push(each)}).settings();
    assert.deepEqual(warnings, []);
    assert.equal(settings.get('mail_location'), `mbox:~/mail:INBOX=${folder}/var/mail/%u`);
    assert.equal(settings.get('ssl_key'), 'posthorn.key');
    const ports = settings.services.flatMap(each => each.inet_listener.map(({name, port}) => `${name} ${port}`));
    assert.deepEqual(
      ports.filter(each => /^(imap|pop3)/.test(each)),
      ['pop3 2110', 'pop3s 2995', 'imap 2143', 'imaps 2993'],
    );
  });
});
