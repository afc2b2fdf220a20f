/**
 * The server's side of auth-userdb, Dovecot's protocol for those who ask where mail is: USER, PASS and LIST, and CACHE-FLUSH for who may
 * (auth-master). `doveadm user`, `doveadm auth lookup` and deliveries speak it.
 *
 * A client that breaks the protocol is told of in the log, in the original's words, and its connection ends.
 */
import type {AccountService} from '../account-service.ts';
import type {AuthLog} from '../auth/auth-log.ts';
import {describe} from '../../base/errors.ts';
import type {SaslConnection} from '../sasl/sasl.ts';
import {escapeAuthField, splitAuthLine} from '../sasl/dovecot-auth-lines.ts';
import {readAuthParameters} from './auth-parameters.ts';
import {type LineSession, printableLine} from './auth-lines.ts';

export interface AuthMasterOptions {
  readonly accounts: AccountService;
  readonly log: AuthLog;
  readonly isDebug: boolean;
  readonly processId: number;
  /** auth-master, not only auth-userdb. */
  readonly isMaster: boolean;
}

export class AuthMasterSession implements LineSession {
  readonly #options: AuthMasterOptions;
  readonly #write: (text: string) => void;
  #hasVersion = false;

  constructor(options: AuthMasterOptions, write: (text: string) => void) {
    this.#options = options;
    this.#write = write;
    write(`VERSION\t1\t1\nSPID\t${options.processId}\n`);
  }

  takeLine(line: string): boolean {
    const [command = '', id = '', ...fields] = splitAuthLine(line);
    if (!this.#hasVersion) return this.#takeVersion(command, id);
    if (this.#options.isDebug) this.#options.log.debug?.(`master in: ${line}`);
    const isKnown = ['USER', 'PASS', 'LIST', 'CACHE-FLUSH'].includes(command) && line.includes('\t');
    if (!isKnown || (command === 'CACHE-FLUSH' && !this.#options.isMaster))
      return this.#bug(`BUG: Unknown command in userdb socket: ${printableLine(line)}`);
    if (!/^\d{1,10}$/.test(id)) return this.#bug(`BUG: Master sent broken ${command}`);
    if (command === 'CACHE-FLUSH') return this.#flush(id, fields);
    return command === 'LIST' ? this.#list(id, fields) : this.#look(command, id, fields);
  }

  close(): void {
    this.#hasVersion = false; // answers that come later have nowhere to go
  }

  #takeVersion(command: string, major: string): boolean {
    this.#hasVersion = command === 'VERSION' && major === '1';
    return this.#hasVersion || this.#bug('Master not compatible with this server (mixed old and new binaries?)');
  }

  #look(command: string, id: string, [user, ...rest]: readonly string[]): boolean {
    if (user === undefined) return this.#bug(`BUG: Master sent broken ${command}`);
    const {connection, values} = readAuthParameters(rest);
    if (!values.has('service')) return this.#bug(`BUG: Master sent ${command} request without service`);
    const asked = command === 'USER' ? this.#lookUser(id, user, connection) : this.#lookPassdb(id, user, connection);
    asked.catch((fault: unknown) => {
      this.#options.log.error(`auth-master client: ${describe(fault)}`); // a defect of ours is trouble for now to the client
      this.#out('userdb', ['FAIL', id]);
    });
    return true;
  }

  async #lookUser(id: string, user: string, connection: SaslConnection): Promise<void> {
    const found = await this.#options.accounts.lookupUser(user, connection);
    if (found.kind !== 'found') return this.#notFound('userdb', id, found.kind, undefined);
    const {username, fields} = found.user;
    const told = fields.size === 0 ? [''] : words(fields);
    this.#out('userdb', ['USER', id, escapeAuthField(username), ...told]);
  }

  async #lookPassdb(id: string, user: string, connection: SaslConnection): Promise<void> {
    const found = await this.#options.accounts.lookupPassdb(user, connection);
    if (found.kind === 'broken') return this.#notFound('passdb', id, 'broken', found.reason);
    if (found.kind === 'unknown') return this.#notFound('passdb', id, 'unknown', undefined);
    this.#out('passdb', ['PASS', id, `user=${escapeAuthField(found.username)}`, ...words(found.fields)]);
  }

  /** Every name as it stands in the userdbs; whoever asks looks for its own mask. */
  #list(id: string, rest: readonly string[]): boolean {
    const {values} = readAuthParameters(rest);
    if (!values.has('service')) return this.#bug('BUG: Master sent LIST request without service');
    const {names, isComplete} = this.#options.accounts.users('*', values.get('user') ?? '');
    let batch = '';
    for (const name of names) {
      batch += `LIST\t${id}\t${escapeAuthField(name)}\n`;
      if (batch.length < 65_536) continue;
      this.#write(batch);
      batch = '';
    }
    this.#write(`${batch}DONE\t${id}\t${isComplete ? '' : 'fail'}\n`);
    return true;
  }

  #flush(id: string, users: readonly string[]): boolean {
    this.#out('userdb', ['OK', id, String(this.#options.accounts.flushCache(users))]);
    return true;
  }

  #notFound(what: string, id: string, kind: 'unknown' | 'broken', reason: string | undefined): void {
    if (kind === 'unknown') this.#out(what, ['NOTFOUND', id]);
    else this.#out(what, ['FAIL', id, ...(reason === undefined ? [] : [`reason=${reason}`])]);
  }

  #out(what: string, line: readonly string[]): void {
    if (!this.#hasVersion) return;
    if (this.#options.isDebug) this.#options.log.debug?.(`${what} out: ${line.join('\t')}`);
    this.#write(`${line.join('\t')}\n`);
  }

  #bug(text: string): false {
    this.#options.log.error(`auth-master client: ${text}`);
    return false;
  }
}

function words(fields: ReadonlyMap<string, string>): string[] {
  return [...fields].map(([name, value]) =>
    value === '' ? escapeAuthField(name) : `${escapeAuthField(name)}=${escapeAuthField(value)}`,
  );
}
