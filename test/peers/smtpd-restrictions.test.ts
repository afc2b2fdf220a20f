/**
 * Restriction lists beside the real smtpd(8): one service a group of settings, clients made up by XCLIENT; the same reply
 * to each dialogue, and the same lines in the log.
 */
import assert from 'node:assert/strict';
import {toByteString} from '../../src/core/base/bytes.ts';
import {RestrictionBench, SETTINGS} from '../support/restriction-bench.ts';
import {smtpdLines} from '../support/smtpd-log.ts';
import {SmtpDialogue} from '../support/restriction-dialogue.ts';
import {startOnFreePorts} from '../support/free-ports.ts';
import {type RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {GROUPS, type Group, type RestrictionCase} from './smtpd-restrictions-cases.ts';

const MAIN = `${SETTINGS}
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
local_transport = discard
default_transport = discard
relay_transport = discard
virtual_transport = discard
`;

suite('smtpd restrictions: beside the real smtpd', function () {
  this.timeout(20_000);
  let real: RealPostfix | undefined;
  let ports: readonly number[] = [];

  suiteSetup(async function () {
    requireRealPostfix(this);
    for (const {title, settings} of GROUPS)
      assert.equal(new RestrictionBench(settings).restrictions.startFault, undefined, title);
    const services = (free: readonly number[]): string =>
      GROUPS.map((group, at) => service(group, at, free[at] ?? 0)).join('');
    ({real, ports} = await startOnFreePorts(GROUPS.length, MAIN, services));
  });
  suiteTeardown(() => real?.dispose());

  for (const [at, group] of GROUPS.entries())
    test(group.title, async () => {
      const bench = new RestrictionBench(toByteString(group.settings));
      const found: string[] = [];
      const expected: string[] = [];
      for (const each of group.cases) {
        const label = `${each.sender ?? '-'} ${each.recipient ?? '-'}: `;
        expected.push(label + (await askReal(ports[at] ?? 0, each)));
        found.push(label + (await askOurs(bench, each)));
      }
      assert.deepEqual(found, expected);
      assert.deepEqual(bench.lines.map(shorten), (await smtpdLines(real, `g${at}`, bench.lines.length)).map(shorten));
    });
});

function service({settings}: Group, at: number, port: number): string {
  const own = settings
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const options = [...own, `syslog_name = g${at}`].map(line => `  -o { ${line} }\n`).join('');
  return `127.0.0.1:${port} inet n - n - 1 smtpd\n${options}`;
}

/** The first reply that refuses, or `accepted`. */
async function askReal(port: number, each: RestrictionCase): Promise<string> {
  const smtp = await SmtpDialogue.connect(port);
  try {
    for (const line of dialogue(each)) {
      const reply = await smtp.ask(line);
      if (/^[45]/.test(reply)) return `${line.split(/[ :]/)[0] ?? ''} ${reply}`;
    }
    return 'accepted';
  } finally {
    smtp.close();
  }
}

/** Byte strings. */
function* dialogue(each: RestrictionCase): Generator<string> {
  yield 'EHLO first.example';
  const {name = 'client.example.org', address = '198.51.100.5', reverseName = name} = each.client ?? {};
  const login = each.login === undefined ? '' : ` LOGIN=${each.login}`;
  yield `XCLIENT NAME=${name} ADDR=${address} PORT=4711 REVERSE_NAME=${reverseName}${login}`;
  if (each.helo !== null) yield toByteString(`EHLO ${each.helo ?? 'client.example'}`);
  if (each.etrn !== undefined) yield `ETRN ${each.etrn}`;
  if (each.sender !== undefined) yield `MAIL FROM:<${each.sender}>`;
  for (const recipient of [each.recipient ?? [], each.more ?? []].flat()) yield `RCPT TO:<${recipient}>`;
  if (each.goesOn === true) yield 'DATA';
  if (each.goesOn === true) yield 'Subject: x\r\n\r\nx\r\n.';
}

async function askOurs(bench: RestrictionBench, each: RestrictionCase): Promise<string> {
  bench.begin(each.client ?? {}, each.login);
  for (const line of dialogue(each)) {
    const [verb = ''] = line.split(/[ :]/);
    const reply = await bench.command(line);
    if (reply !== undefined) return `${verb} ${reply}`;
  }
  return 'accepted';
}

/** The original cuts lines with long names of tables. */
function shorten(line: string): string {
  return line.length < 900 ? line : line.slice(0, 80);
}
