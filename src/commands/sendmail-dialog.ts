/**
 * `sendmail -bs`: an SMTP conversation (RFC 5321) on standard input and output, as mailers that can't run a plain command
 * use it. The machine is the SMTP server's own, standing alone (smtpd(8) -S): no access rules, no TLS, no authentication,
 * and each message becomes a maildrop file.
 */
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {Log} from '../core/log/log.ts';
import {ClientParser} from '../core/smtp/client-parser.ts';
import {ClientLimits} from '../core/smtpd/client-limits.ts';
import {SmtpdMachine, type SmtpdWire} from '../core/smtpd/machine.ts';
import {smtpdSettings} from '../core/smtpd/smtpd-settings.ts';
import type {SmtpdService} from '../core/smtpd/smtpd-service.ts';
import type {SmtpdClient} from '../core/smtpd/smtpd-state.ts';
import {MatchList} from '../core/table/match-list.ts';
import {openParameterList} from '../core/table/parameter-list.ts';
import {MaildropDoor} from './maildrop-door.ts';

export async function runDialog(config: Config, stdio: Stdio): Promise<number> {
  const settings = smtpdSettings(config);
  let faulty: unknown;
  const talk: {machine?: SmtpdMachine} = {};
  const parser = new ClientParser({
    lineLimit: settings.lineLimit,
    command: (line, isBare) => talk.machine?.command(line, isBare),
    drained: () => undefined,
    finished: () => talk.machine?.ended(undefined),
    failed: fault => (faulty = fault),
  });
  const wire: SmtpdWire = {
    parser,
    write: text => void stdio.stdout.write(text),
    flush: () => undefined,
    startTls: () => Promise.resolve(undefined),
    end() {
      talk.machine?.ended(undefined);
      parser.isClosed = true;
    },
  };
  const machine = new SmtpdMachine(standAlone(config), wire, HERE);
  talk.machine = machine;
  await machine.start();
  parser.open();
  await feed(stdio.stdin, parser);
  if (faulty !== undefined) throw faulty as Error; // it was thrown by the machine
  return 0;
}

/** Until the conversation is over or the input is. */
async function feed(input: AsyncIterable<Buffer>, parser: ClientParser): Promise<void> {
  for await (const chunk of input) {
    await new Promise<void>(resolve => parser.write(chunk, () => resolve()));
    if (parser.isClosed) return;
  }
  await new Promise<void>(resolve => parser.end(() => resolve()));
}

/** Nobody is refused, nothing is looked up, nothing is logged: that is pickup's. */
function standAlone(config: Config): SmtpdService {
  const log = new Log('smtpd', {write() {}});
  const clock = {now: () => Date.now()};
  const nobody = new MatchList('', {title: 'none', kind: 'client', matchesParents: false, context: {config}});
  return {
    name: 'smtp',
    config,
    settings: {...smtpdSettings(config), isSaslEnabled: false, bareNewline: 'lenient', forbidsPipelining: false},
    log,
    clock,
    access: {
      connect: () => undefined,
      helo: () => undefined,
      mail: () => undefined,
      rcpt: () => undefined,
      etrn: () => undefined,
      data: () => undefined,
      endOfData: () => undefined,
      forgetMessage: () => undefined,
      forgetHelo: () => undefined,
    },
    resolver: undefined,
    dns: undefined,
    limits: new ClientLimits({clock, log, rateSeconds: 60, reportSeconds: 600}),
    door: new MaildropDoor(config),
    families: [4, 6],
    notices: undefined,
    tls: undefined,
    sasl: undefined,
    lists: {
      xclientHosts: nobody,
      xforwardHosts: nobody,
      limitExceptions: nobody,
      saslExceptions: nobody,
      verpClients: nobody,
      bareNewlineExclusions: nobody,
      forbiddenCommands: openParameterList('smtpd_forbidden_commands', config, {config}),
      noopCommands: undefined,
      rewritesLocally: () => true,
      commandFilter: [],
      ehloKeywordMaps: [],
      rejectFooterMaps: [],
    },
    flushSite: () => Promise.resolve('failed'),
    freeBytes: () => Promise.resolve(undefined),
  };
}

const HERE: SmtpdClient = {
  name: 'localhost',
  nameStatus: 'ok',
  reverseName: 'localhost',
  reverseNameStatus: 'ok',
  address: '127.0.0.1',
  port: '0',
  serverAddress: '127.0.0.1',
  serverPort: '0',
};
