/** One SMTP session of a made-up client, explained: what `posthorn explain --client` asks. */
import {userInfo} from 'node:os';
import {toByteString} from '../core/base/bytes.ts';
import {FatalError} from '../core/base/errors.ts';
import {EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE} from '../core/base/exit-status.ts';
import {explainSession, openSimulatedServices, type SessionExplanation} from '../core/daemon/explain-session.ts';
import {unquoteAddress} from '../core/message/address-syntax.ts';
import {ensureAliasDatabase} from './first-aliases.ts';
import {openToolConfig} from './open-config.ts';

export interface SessionFlags {
  readonly config?: string | undefined;
  readonly sender?: string | undefined;
  readonly name?: string | undefined;
  readonly helo?: string | undefined;
  readonly login?: string | undefined;
  readonly tls: boolean;
  readonly service?: string | undefined;
  readonly json: boolean;
}

export async function explainOneSession(
  recipient: string,
  client: string,
  flags: SessionFlags,
): Promise<SessionExplanation> {
  const config = openToolConfig(flags.config, process.env);
  await ensureAliasDatabase(config, process);
  const simulation = openSimulatedServices(config);
  try {
    const {services, dns, faults} = simulation;
    const service = services.find(({name}) => flags.service === undefined || name === flags.service);
    if (service === undefined) throw new FatalError(faults[0] ?? 'master.cf has no such smtpd service');
    return await explainSession(service, dns, {
      clientAddress: client,
      clientName: flags.name,
      helo: toByteString(flags.helo ?? 'client.example'),
      sender: unquoteAddress(toByteString(flags.sender ?? userInfo().username)),
      recipient: unquoteAddress(toByteString(recipient)),
      login: flags.login,
      isEncrypted: flags.tls,
    });
  } finally {
    simulation.close();
  }
}

/** 0: accepted; 69: refused for good; 75: for now. */
export function sessionStatus({steps, isAccepted}: SessionExplanation): number {
  if (isAccepted) return EX_OK;
  return steps.at(-1)?.reply.startsWith('4') === true ? EX_TEMPFAIL : EX_UNAVAILABLE;
}
