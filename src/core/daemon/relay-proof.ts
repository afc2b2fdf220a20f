/**
 * The open-relay proof: can a stranger send mail from outside to outside through this server? Every way that has ever
 * talked a mail server into it is tried on the live engine, with the lists and tables as they are.
 */
import type {Dns} from '../net/dns.ts';
import type {SmtpdService} from '../smtpd/smtpd-service.ts';
import {explainSession, type SessionExplanation} from './explain-session.ts';

/** An attempt that succeeded. */
export interface OpenWay {
  readonly how: string;
  readonly recipient: string;
  readonly explanation: SessionExplanation;
}

/** Addresses that are nobody's (RFC 5737, RFC 2606): if these may relay, everybody may. */
const STRANGERS = ['192.0.2.1', '203.0.113.77', '2001:db8::77'] as const;
const OUTSIDE = 'relay-test.example';

export async function findOpenRelay(service: SmtpdService): Promise<OpenWay[]> {
  const own = ownDomains(service);
  const found: OpenWay[] = [];
  for (const clientAddress of STRANGERS)
    for (const sender of ['someone@outside.example', '', `postmaster@${own[0] ?? 'localhost'}`])
      for (const [how, recipient] of attempts(own)) {
        const question = {clientAddress, clientName: undefined, helo: 'stranger.example', sender, recipient};
        const explanation = await explainSession(service, OFFLINE, question);
        if (explanation.isAccepted && (await leaves(service, recipient)))
          found.push({how: `${how}, from <${sender}>, by ${clientAddress}`, recipient, explanation});
      }
  return found;
}

/** Ways to write an outside address so that it looks like one of ours. */
function attempts(own: readonly string[]): (readonly [string, string])[] {
  const plain: (readonly [string, string])[] = [['plainly', `victim@${OUTSIDE}`]];
  for (const domain of own) {
    plain.push(
      ['with the percent hack', `victim%${OUTSIDE}@${domain}`],
      ['with a bang path', `${OUTSIDE}!victim@${domain}`],
      ['with a quoted address', `victim@${OUTSIDE}@${domain}`],
      ['with a source route', `@${domain}:victim@${OUTSIDE}`],
    );
  }
  return plain;
}

/** Does the message go to another host when it is accepted? */
async function leaves(service: SmtpdService, recipient: string): Promise<boolean> {
  const resolution = await service.resolver?.resolve(recipient, '');
  return resolution?.addressClass === 'default';
}

function ownDomains({config}: SmtpdService): string[] {
  const names = [...config.list('mydestination'), ...config.list('relay_domains'), config.get('myhostname')];
  return [...new Set(names)].filter(name => /^[A-Za-z0-9.-]+$/.test(name)).slice(0, MAX_DOMAINS);
}

const MAX_DOMAINS = 5;

/** The strangers have no names, and nobody needs to be asked for that. */
const OFFLINE: Dns = {
  query: () => Promise.resolve({kind: 'no-name', text: 'Host not found', isSecure: false}),
  hostAddresses: () => ({kind: 'none', text: 'Host not found'}),
  hostName: () => ({kind: 'none', text: 'Host not found'}),
};
