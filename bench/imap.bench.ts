/**
 * Reading mail beside the real Dovecot in its tuned configuration, on the same mail by turns in one run: what a client waits for in
 * a mailbox of BENCH_MESSAGES (10,000) messages. In each of BENCH_ROUNDS (3) rounds each server has a user it has never seen.
 * Answers are compared, not only times.
 */
import {existsSync} from 'node:fs';
import {makeMail, makeMessage, type Server, startOurs, startTheirs} from './imap-servers.ts';
import {type Reply, Wire} from './imap-wire.ts';
import {median, result} from './measure.ts';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 10_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const LOGINS = 200;
const APPENDED = 500;
const some = Math.min(1000, Math.floor(MESSAGES / 2));
const retrieved = Math.min(500, MESSAGES);

/** One figure; `faster`: so many times as fast it has to be. What answers alike is compared. */
interface Step {
  readonly name: string;
  readonly faster: number;
  readonly isCompared: boolean;
  run(session: Session): Promise<Reply>;
}

interface Session {
  readonly server: Server;
  readonly user: string;
  readonly wire: Wire;
}

const command = (name: string, faster: number, text: string, isCompared = true): Step => ({
  name,
  faster,
  isCompared,
  run: ({wire}) => wire.command(text),
});

const FIELDS = 'FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (From To Cc Subject Date Message-ID References)])';

const STEPS: readonly Step[] = [
  {name: 'login', faster: 1, isCompared: false, run: login},
  command('SELECT first', 1, 'SELECT INBOX', false),
  {name: 'SELECT warm, in a new session', faster: 1, isCompared: false, run: selectAnew},
  command('FETCH 1:* (FLAGS RFC822.SIZE) first', 1, 'FETCH 1:* (FLAGS RFC822.SIZE)', false),
  command('FETCH 1:* (FLAGS RFC822.SIZE) again', 1, 'FETCH 1:* (UID FLAGS RFC822.SIZE)', false),
  command('FETCH 1:* (ENVELOPE BODYSTRUCTURE) first', 2, 'FETCH 1:* (ENVELOPE BODYSTRUCTURE)'),
  command('FETCH 1:* (ENVELOPE BODYSTRUCTURE) again', 2, 'FETCH 1:* (ENVELOPE BODYSTRUCTURE)'),
  command('FETCH 1:* (BODY.PEEK[HEADER.FIELDS ...]) first', 1, FIELDS),
  command('FETCH 1:* (BODY.PEEK[HEADER.FIELDS ...]) again', 1, FIELDS),
  command('FETCH 1:* (BODY.PEEK[])', 1, 'FETCH 1:* (BODY.PEEK[])'),
  command('SEARCH TEXT first', 1, 'SEARCH TEXT needle77'),
  command('SEARCH TEXT warm', 2, 'SEARCH TEXT needle78'),
  command('SEARCH BODY warm', 2, 'SEARCH BODY needle79'),
  command('SORT (SUBJECT) first', 2, 'SORT (SUBJECT) UTF-8 ALL'),
  command('SORT (SUBJECT) again', 2, 'SORT (SUBJECT) UTF-8 ALL'),
  command('SORT (REVERSE DATE FROM) first', 2, 'SORT (REVERSE DATE FROM) UTF-8 ALL'),
  command('SORT (REVERSE DATE FROM) again', 2, 'SORT (REVERSE DATE FROM) UTF-8 ALL'),
  command('THREAD REFERENCES', 2, 'THREAD REFERENCES UTF-8 ALL'),
  command('STORE 1:* +FLAGS (\\Flagged)', 1, 'STORE 1:* +FLAGS (\\Flagged)', false),
  command(`COPY of ${some}`, 1, `COPY 1:${some} Copies`, false),
  {name: `APPEND of ${APPENDED}, pipelined`, faster: 2, isCompared: false, run: append},
  {name: `POP3: UIDL and RETR of ${retrieved}`, faster: 1, isCompared: false, run: retrieve},
  command(`MOVE of ${some}`, 1, `MOVE 1:${some} Moved`, false),
  command('STORE 1:* +FLAGS.SILENT (\\Deleted)', 1, 'STORE 1:* +FLAGS.SILENT (\\Deleted)', false),
  command('EXPUNGE', 1, 'EXPUNGE', false),
];

/** The time of one, of many. */
async function login({server, user}: Session): Promise<Reply> {
  const times: number[] = [];
  for (let n = 0; n < LOGINS; n++) {
    const begin = performance.now();
    const wire = await Wire.login(server.imap, user);
    times.push(performance.now() - begin);
    await wire.logout();
  }
  return {ms: median(times), text: ''};
}

async function selectAnew({server, user}: Session): Promise<Reply> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const wire = await Wire.login(server.imap, user);
    times.push((await wire.command('SELECT INBOX')).ms);
    await wire.logout();
  }
  return {ms: median(times), text: ''};
}

function append({wire}: Session): Promise<Reply> {
  let bytes = '';
  let tag = '';
  for (let n = 0; n < APPENDED; n++) {
    const text = makeMessage(n).replaceAll('\n', '\r\n');
    tag = wire.nextTag();
    bytes += `${tag} APPEND Copies (\\Seen) {${text.length}+}\r\n${text}\r\n`;
  }
  return wire.sendWhole(bytes, tag);
}

async function retrieve({server, user}: Session): Promise<Reply> {
  const wire = await Wire.connect(server.pop3);
  const commands = Array.from({length: retrieved}, (_, n) => `RETR ${n + 1}\r\n`).join('');
  const reply = await wire.sendLast(`USER ${user}\r\nPASS secret\r\nUIDL\r\n${commands}QUIT\r\n`);
  const count = reply.text.split('\r\n.\r\n').length - 1;
  if (count !== retrieved + 1) throw new Error(`${server.name}: POP3 answered ${count} of ${retrieved + 1}`);
  return reply;
}

/** Milliseconds of each step, and what was answered. */
async function runRound(server: Server, user: string, maildir: string): Promise<Reply[]> {
  server.addUser(user, maildir);
  const wire = await Wire.login(server.imap, user);
  for (const box of ['Copies', 'Moved']) await wire.command(`CREATE ${box}`);
  const replies: Reply[] = [];
  for (const step of STEPS) replies.push(await step.run({server, user, wire}));
  await wire.logout();
  return replies;
}

/** The order of what belongs together is a server's own. */
function comparable(text: string): string {
  return text.split('\r\n').filter(line => !line.startsWith('* OK ')).sort().join('\n'); // prettier-ignore
}

function tell(step: Step, ours: number, theirs: number): void {
  const ratio = theirs / ours;
  const figure = `${ours.toFixed(1)} ms / ${theirs.toFixed(1)} ms / ${ratio.toFixed(2)}`;
  const goal = step.faster === 1 ? 'not slower' : `${step.faster} times as fast`;
  result(step.name, figure, goal, ratio >= step.faster * 0.97);
}

if (!existsSync('/usr/lib/dovecot/imap') || process.getuid?.() !== 0)
  console.log('SKIPPED: the real Dovecot is not installed, or this is not root');
else await compare();

async function compare(): Promise<void> {
  const users = Array.from({length: ROUNDS}, (_, round) => `user${round}`);
  const mail = makeMail(MESSAGES);
  const servers = [await startOurs(users), await startTheirs()];
  const times = new Map(servers.map(server => [server.name, STEPS.map((): number[] => [])]));
  const different = new Set<string>();
  try {
    for (const [round, user] of users.entries()) {
      const answers: Reply[][] = [];
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const replies = await runRound(server, user, mail.folder);
        replies.forEach(({ms}, at) => times.get(server.name)?.[at]?.push(ms));
        answers.push(replies);
      }
      STEPS.forEach(({name, isCompared}, at) => {
        const [one = '', other = ''] = answers.map(replies => comparable(replies[at]?.text ?? ''));
        if (isCompared && one !== other) different.add(name);
      });
    }
  } finally {
    for (const server of servers) await server.stop();
    mail.dispose();
  }
  console.log(`IMAP and POP3, ${MESSAGES} messages: ours / theirs / times as fast`);
  STEPS.forEach((step, at) =>
    tell(step, median(times.get('ours')?.[at] ?? []), median(times.get('theirs')?.[at] ?? [])),
  );
  result('answers compared', [...different].join(', ') || 'equal', 'equal', different.size === 0);
}
