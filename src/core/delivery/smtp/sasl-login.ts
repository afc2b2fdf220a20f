/**
 * Our login to a server (RFC 4954): whether there is one, and how it goes. Answers why not, or undefined when mail may
 * go: logged in, or strangers to each other. Throws `ConnectionFault` and `TableError`.
 */
import type {AddressSupplies} from '../../address/address-maps.ts';
import {AddressMaps} from '../../address/address-maps.ts';
import {extensionRules} from '../../address/extension.ts';
import {findAddress} from '../../address/find-address.ts';
import {run, type Steps} from '../../address/steps.ts';
import {chooseClientMechanism} from '../../account/sasl/client-mechanisms.ts';
import type {SaslClientExchange} from '../../account/sasl/sasl.ts';
import {Refusal} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import {openParameterList} from '../../table/parameter-list.ts';
import type {MatchList} from '../../table/match-list.ts';
import type {ClientProtocol} from './client-settings.ts';
import type {Reply} from './reply-parser.ts';
import type {Patience} from './server-connection.ts';
import {type Failure, oneLine, type Session} from './session.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

type SecurityLevel = 'plain' | 'tls' | 'verified';

export class SaslLogin {
  readonly isEnabled: boolean;
  readonly isBySender: boolean;
  readonly #maps: AddressMaps;
  readonly #supplies: AddressSupplies;
  readonly #protocol: ClientProtocol;
  readonly #log: Log;
  readonly #filter: MatchList | undefined;
  readonly #options: Readonly<Record<SecurityLevel, readonly string[]>>;
  readonly #isSoft: boolean;

  constructor(supplies: AddressSupplies, log: Log, protocol: ClientProtocol) {
    const {config} = supplies;
    const isSmtp = protocol === 'smtp';
    this.#supplies = supplies;
    this.#protocol = protocol;
    this.#log = log;
    this.isEnabled = config.get(isSmtp ? 'smtp_sasl_auth_enable' : 'lmtp_sasl_auth_enable');
    this.isBySender = config.get(
      isSmtp ? 'smtp_sender_dependent_authentication' : 'lmtp_sender_dependent_authentication',
    );
    this.#isSoft = config.get(isSmtp ? 'smtp_sasl_auth_soft_bounce' : 'lmtp_sasl_auth_soft_bounce');
    this.#maps = new AddressMaps(isSmtp ? 'smtp_sasl_password_maps' : 'lmtp_sasl_password_maps', supplies);
    const filter = isSmtp ? 'smtp_sasl_mechanism_filter' : 'lmtp_sasl_mechanism_filter';
    this.#filter = config.get(filter) === '' ? undefined : openParameterList(filter, config, {config, log});
    this.#options = {
      plain: config.list(isSmtp ? 'smtp_sasl_security_options' : 'lmtp_sasl_security_options'),
      tls: config.list(isSmtp ? 'smtp_sasl_tls_security_options' : 'lmtp_sasl_tls_security_options'),
      verified: config.list(
        isSmtp ? 'smtp_sasl_tls_verified_security_options' : 'lmtp_sasl_tls_verified_security_options',
      ),
    };
  }

  /** By sender, where that may be; by the server's name; by the next hop as written. */
  find(sender: string, host: string, destination: string): Login | undefined | Promise<Login | undefined> {
    return this.isEnabled && !this.#maps.isEmpty ? run(this.#find(sender, host, destination)) : undefined;
  }

  *#find(sender: string, host: string, destination: string): Steps<Login | undefined> {
    const extension = extensionRules(this.#supplies.config);
    const bySender =
      this.isBySender && sender !== ''
        ? yield* findAddress(this.#maps, sender, {extension, isOurs: noOwnDomain})
        : undefined;
    const found = bySender ?? (yield* this.#maps.lookup(host, true)) ?? (yield* this.#maps.lookup(destination, true));
    if (found === undefined) return undefined;
    const colon = found.value.indexOf(':');
    if (colon < 0) return {username: found.value, password: ''};
    return {username: found.value.slice(0, colon), password: found.value.slice(colon + 1)};
  }

  async logIn(session: Session, login: Login, patience: Patience): Promise<Failure | undefined> {
    const {peer, features, tls} = session;
    const offered = await this.#supported(features.mechanisms);
    if (offered.length === 0) {
      const all = features.mechanisms.join(' ');
      this.#log.warning(
        all === ''
          ? `${peer.relay} offered null AUTH mechanism list`
          : `${peer.relay} offered no supported AUTH mechanisms: '${all}'`,
      );
      return failure(
        `SASL authentication failed: server ${peer.nameAddress} offered no compatible authentication mechanisms for this type of connection security`,
      );
    }
    const level = tls === undefined ? 'plain' : tls.peerIsMatched ? 'verified' : 'tls';
    const credentials = {...login, service: this.#protocol, host: peer.name, port: peer.host?.port ?? 0};
    const exchange = await chooseClientMechanism(offered, this.#filter, this.#options[level], credentials);
    if (exchange === undefined) {
      this.#log.warning('SASL authentication failure: No worthy mechs found');
      return failure(
        `SASL authentication failed; cannot authenticate to server ${peer.nameAddress}: no mechanism available`,
      );
    }
    return this.#converse(session, exchange, patience);
  }

  async #supported(mechanisms: readonly string[]): Promise<readonly string[]> {
    if (this.#filter === undefined) return mechanisms;
    const kept: string[] = [];
    for (const mechanism of mechanisms) if (await this.#filter.matches(mechanism)) kept.push(mechanism);
    return kept;
  }

  async #converse(session: Session, exchange: SaslClientExchange, patience: Patience): Promise<Failure | undefined> {
    const {connection, peer} = session;
    const {mechanism, initial} = exchange;
    connection.add(
      initial === undefined ? `AUTH ${mechanism}\r\n` : `AUTH ${mechanism} ${encoded(initial) || '='}\r\n`,
    );
    let reply = await connection.reply(patience);
    for (let round = 0; reply.code >= 300 && reply.code < 400; round++) {
      if (round >= MAX_ROUNDS)
        return failure(`SASL authentication failed; authentication protocol loop with server ${peer.nameAddress}`);
      const response = await answer(exchange, Buffer.from(reply.text.slice(4), 'base64'));
      if (typeof response === 'string')
        return failure(`SASL authentication failed; cannot authenticate to server ${peer.nameAddress}: ${response}`);
      connection.add(`${encoded(response)}\r\n`);
      reply = await connection.reply(patience);
    }
    if (reply.code < 200 || reply.code > 299) return this.#refused(session, reply);
    session.features.isAuthenticated = true;
    return undefined;
  }

  #refused({peer}: Session, reply: Reply): Failure {
    const said = oneLine(reply.text);
    const isSoftened = this.#isSoft && reply.status.startsWith('5');
    const status = isSoftened ? `4${reply.status.slice(1)}` : reply.status;
    return {
      status: status.startsWith('2') ? '4.7.0' : status,
      text: `SASL authentication failed; server ${peer.nameAddress} said: ${reply.text}`,
      remote: {host: peer.name, reply: said},
      isOfServer: true,
    };
  }
}

function* noOwnDomain(): Steps<boolean> {
  return false;
}

async function answer(exchange: SaslClientExchange, challenge: Buffer): Promise<Buffer | string> {
  try {
    return await exchange.respond(challenge);
  } catch (fault) {
    if (fault instanceof Refusal) return fault.message;
    throw fault;
  }
}

function encoded(bytes: Buffer): string {
  return bytes.toString('base64');
}

function failure(text: string): Failure {
  return {status: '4.7.0', text, isOfServer: true};
}

/** No mechanism needs more. */
const MAX_ROUNDS = 10;
