/** check_policy_service beside the real smtpd(8): what is sent, in which order, and what each answer does. */
import assert from 'node:assert/strict';
import {printable} from '../../src/core/log/maillog-line.ts';
import {RestrictionBench, SETTINGS} from '../support/restriction-bench.ts';
import {PolicyServer} from '../support/policy-server.ts';
import {type RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';
import {smtpdLines} from '../support/smtpd-log.ts';
import {SmtpDialogue} from '../support/restriction-dialogue.ts';
import {startOnFreePorts} from '../support/free-ports.ts';

/** By the local part of the sender; `ask` finds the connection closed. */
const ANSWERS: Readonly<Record<string, string | undefined>> = {
  ok: 'action=OK\n\n',
  dunno: 'action=DUNNO\n\n',
  reject: 'action=REJECT policy says no\n\n',
  own: 'action=550 5.1.1 none here\n\n',
  hold: 'action=HOLD for a look\n\n',
  put: 'action=DEFER_IF_PERMIT later\n\n',
  prepend: 'action=PREPEND X-Policy: seen\n\n',
  names: 'action=reject_unauth_destination, reject\n\n',
  more: 'reason=x\naction=REJECT two\n\n',
  late: 'action=REJECT first\naction=REJECT second\n\n',
  none: 'reason=x\n\n',
  empty: '\n',
  word: 'nonsense\n\n',
  void: 'action=\n\n',
  blank: 'action= REJECT\n\n',
  bytes: 'action=REJECT \xff\n\n',
  gone: undefined,
  /** At ETRN there is no sender. */
  '': 'action=DUNNO\n\n',
};

/** Nobody listens: each request takes its time. */
function isDead(list: string): boolean {
  return list.includes('127.0.0.1:1') || list.includes('unix:');
}

/** All that may differ between two runs. */
const PRIVATE = /^(client_port|server_address|server_port|instance|queue_id|size)=.*$/gm;

suite('check_policy_service: beside the real smtpd', function () {
  this.timeout(40_000);
  let real: RealPostfix | undefined;
  let server: PolicyServer | undefined;
  let ports: readonly number[] = [];
  let policyPort = 0;

  const LISTS = (port: number): readonly string[] => [
    `smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:${port}`,
    `smtpd_recipient_restrictions = check_policy_service { inet:127.0.0.1:${port}, { default_action = REJECT no answer }, { policy_context = here and now }, try_limit=1 }`,
    `smtpd_client_restrictions = check_policy_service inet:127.0.0.1:${port}`,
    `smtpd_data_restrictions = check_policy_service inet:127.0.0.1:${port}`,
    `smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:${port}`,
    `smtpd_etrn_restrictions = check_policy_service inet:127.0.0.1:${port}`,
    'smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:1',
    'smtpd_recipient_restrictions = check_policy_service { unix:private/nothing, default_action=check_policy_service }',
  ];

  suiteSetup(async function () {
    requireRealPostfix(this);
    server = new PolicyServer(request => ANSWERS[/^sender=(\w*)/m.exec(request)?.[1] ?? ''] ?? undefined);
    policyPort = await server.listen({port: 0, host: '127.0.0.1'});
    const services = (free: readonly number[]): string =>
      LISTS(policyPort)
        .map(
          (list, at) =>
            `127.0.0.1:${free[at] ?? 0} inet n - n - 1 smtpd\n  -o { ${list} }\n  -o syslog_name=g${at}\n` +
            '  -o smtpd_authorized_xclient_hosts=127.0.0.1\n  -o smtpd_policy_service_retry_delay=1s\n',
        )
        .join('');
    const main = `${SETTINGS}local_transport = discard\n`;
    ({real, ports} = await startOnFreePorts(LISTS(0).length, main, services));
  });
  suiteTeardown(async () => {
    real?.dispose();
    await server?.close();
  });

  for (const at of LISTS(0).keys())
    test(`${LISTS(0)[at] ?? ''}`, async () => {
      const bench = new RestrictionBench(LISTS(policyPort)[at] ?? '');
      const results: string[][] = [[], []];
      const asked: string[][] = [[], []];
      for (const name of Object.keys(ANSWERS)
        .filter(Boolean)
        .slice(0, isDead(LISTS(0)[at] ?? '') ? 2 : undefined)) {
        const before = server?.requests.length ?? 0;
        results[0]?.push(`${name}: ${await askReal(ports[at] ?? 0, name)}`);
        const between = server?.requests.length ?? 0;
        results[1]?.push(`${name}: ${await askOurs(bench, name)}`);
        asked[0]?.push(...(server?.requests.slice(before, between) ?? []).map(publicPart));
        asked[1]?.push(...(server?.requests.slice(between) ?? []).map(publicPart));
      }
      bench.restrictions.close();
      assert.deepEqual(results[1], results[0]);
      assert.deepEqual(asked[1], asked[0]);
      assert.deepEqual(
        bench.lines.map(line => printable(line)),
        await smtpdLines(real, `g${at}`, bench.lines.length),
      );
    });
});

const LINES = (name: string): readonly string[] => [
  'XCLIENT NAME=client.example.org ADDR=198.51.100.5 PORT=4711 REVERSE_NAME=reverse.example',
  'EHLO client.example',
  'ETRN etrn.relay.example',
  `MAIL FROM:<${name}@x.example>`,
  'RCPT TO:<joe@example.com>',
  'DATA',
  'Subject: x\r\n\r\nx\r\n.',
];

async function askReal(port: number, name: string): Promise<string> {
  const smtp = await SmtpDialogue.connect(port);
  try {
    await smtp.ask('EHLO first.example');
    for (const line of LINES(name)) {
      const reply = await smtp.ask(line);
      if (/^[45]/.test(reply)) return reply;
    }
    return 'accepted';
  } finally {
    smtp.close();
  }
}

async function askOurs(bench: RestrictionBench, name: string): Promise<string> {
  bench.begin({name: 'client.example.org', reverseName: 'reverse.example'});
  for (const line of LINES(name)) {
    const reply = await bench.command(line);
    if (reply !== undefined) return reply;
  }
  return 'accepted';
}

function publicPart(request: string): string {
  return request.replace(PRIVATE, '$1=').replaceAll('\n', ' ');
}
