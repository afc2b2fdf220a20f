/** ManageSieve for one client. */
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {included} from '../../delivery/sieve/scripts.ts';
import {compileScript} from '../../filter/sieve/compile/compile.ts';
import {printRemark, Report} from '../../filter/sieve/compile/report.ts';
import {compileSettings} from '../../filter/sieve/sieve-settings.ts';
import {type ScriptPlaces, scriptPlaces, SieveScripts} from '../../filter/sieve-scripts.ts';
import {sizeBytes} from '../../filter/sieve/setting-values.ts';
import {StreamWire} from '../../net/stream-wire.ts';
import {ManageSieveSession, type ManageSieveUser, type ScriptCheck} from '../../managesieve/session.ts';
import {manageSieveDefaults, type ManageSieveSettings} from '../../managesieve/settings.ts';
import type {MailAccess} from './mail-access.ts';
import type {ServedClient} from './served-client.ts';
import {expandFor, type MailUser} from './store-settings.ts';

/** Resolves when the client is gone. */
export async function serveManageSieve(served: ServedClient): Promise<void> {
  const {client, settings, parts} = served;
  const session = new ManageSieveSession({
    wire: new StreamWire(client.stream),
    settings: manageSieveSettings(settings),
    sasl: parts.access.accounts.sasl,
    saslConnection: () => served.saslConnection(),
    isSecured: () => served.isSecured,
    isEncrypted: () => client.tls !== undefined,
    startTls: served.hasTls
      ? async () => {
          await served.startTls();
          return new StreamWire(client.stream);
        }
      : undefined,
    async openUser(username, mechanism) {
      const store = await served.openStore(username); // counts him, and knows whether there is such a user
      served.loggedIn(username, mechanism);
      const user = await scriptUser(parts.access, username);
      return {...user, log: served.sessionLog(username), close: () => store.close()};
    },
    loginEnded: (reason, attempts) =>
      served.loginEnded(
        `Disconnected: ${reason} (${attempts === 0 ? 'no auth attempts' : `auth failed, ${attempts} attempts`} in 0 secs)`,
      ),
  });
  served.end = text => void session.leave(text);
  await session.run();
}

function manageSieveSettings(settings: DovecotSettings): ManageSieveSettings {
  return {
    ...manageSieveDefaults,
    implementation: settings.get('managesieve_implementation_string'),
    maxLineLength: settings.get('managesieve_max_line_length'),
    logoutFormat: settings.get('managesieve_logout_format'),
    sieveCapability: settings.get('managesieve_sieve_capability') ?? '',
    notifyCapability: settings.get('managesieve_notify_capability') ?? '',
    greeting: settings.get('login_greeting'),
    disablePlaintextAuth: settings.get('disable_plaintext_auth'),
    requiresTls: settings.get('ssl') === 'required',
    maxRedirects: Number(settings.plugin('sieve_max_redirects') ?? 4),
    maxScriptBytes: sizeBytes(settings.plugin('sieve_max_script_size')) ?? manageSieveDefaults.maxScriptBytes,
  };
}

/** The scripts of a user, and how they are checked: ManageSieve and doveadm sieve work with it. */
export async function scriptUser(
  access: MailAccess,
  username: string,
): Promise<Pick<ManageSieveUser, 'scripts' | 'check'>> {
  const found = await access.lookupUser(username, {service: 'sieve'});
  if (found.kind !== 'found') throw new Error(`user ${username} is not known to the userdb`);
  const settings = access.settingsFor('sieve');
  const user = access.mailUser(found.user, 'sieve');
  const plugin = new Map([...settings.plugins()].map(([name, value]) => [name, expandFor(value, user.variables)]));
  const places = placesOf(plugin, user);
  const limit = (name: string): number => Number(plugin.get(name) ?? 0);
  const scripts = new SieveScripts(places, {
    maxScripts: limit('sieve_quota_max_scripts'),
    maxStorageBytes: sizeBytes(plugin.get('sieve_quota_max_storage')) ?? 0,
    maxScriptBytes: sizeBytes(plugin.get('sieve_max_script_size')) ?? 1 << 20,
  });
  const expand = (path: string): string => path.replace(/^((?:file:)?)~(?=\/|$)/, `$1${user.home}`);
  const compile = {...compileSettings(plugin, undefined, () => undefined), isUpload: true};
  const source = included({settings: plugin, home: user.home, expand});
  return {
    scripts,
    check: (name, script) => Promise.resolve(check(name ?? '', script)),
  };

  function check(name: string, script: Buffer): ScriptCheck {
    const lines: string[] = [];
    const report = new Report(name || NO_NAME, remark => lines.push(printRemark(remark)));
    const {program} = compileScript(name, script.toString('latin1'), compile, report, source);
    return {
      isGood: program !== undefined,
      text: lines.map(line => `${name === '' ? withoutName(line) : line}\r\n`).join(''),
    };
  }
}

/** A script that is only checked has none: its remarks begin with the line. */
const NO_NAME = 'script';

function withoutName(line: string): string {
  return line.startsWith(`${NO_NAME}: `) ? line.slice(`${NO_NAME}: `.length) : line;
}

function placesOf(plugin: ReadonlyMap<string, string>, {home}: MailUser): ScriptPlaces {
  const places = scriptPlaces(plugin.get('sieve') ?? '', home);
  if (places === undefined) throw new Error('the setting `sieve` names no folder for scripts');
  return places;
}
