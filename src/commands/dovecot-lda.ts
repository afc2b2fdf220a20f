/**
 * dovecot-lda: delivers a message from standard input into a user's mail, through his Sieve scripts; for mailbox_command
 * and .forward. Exit status: 0 delivered, 67 no such user, 75 it may work later, 77 rejected (with -e).
 */
import {FatalError, describe} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {deliveryUser} from '../core/daemon/access/delivery-user.ts';
import {deliverMail} from '../core/delivery/sieve/deliver.ts';
import {messageInMemory} from '../core/delivery/sieve/stored-message.ts';
import {Log} from '../core/log/log.ts';
import {MailError} from '../core/mailbox/mail-error.ts';
import {openAccess} from './open-access.ts';

const EX_USAGE = 64;
const EX_NOUSER = 67;
const EX_TEMPFAIL = 75;
const EX_NOPERM = 77;

export const dovecotLda: Tool = {
  name: 'dovecot-lda',
  summary: 'deliver a message into a user’s mail, through Sieve',
  usage: ['[-c FILE] [-d USER] [-a ADDRESS] [-r ADDRESS] [-f SENDER] [-m MAILBOX] [-p FILE] [-o NAME=VALUE] [-e] [-k]'],
  options: [
    {flag: '-d USER', text: 'Whose mail it is; else that of $USER.'},
    {flag: '-a ADDRESS', text: 'The recipient as the sender wrote it.'},
    {flag: '-r ADDRESS', text: 'The recipient as it was delivered to.'},
    {flag: '-f SENDER', text: 'The sender; else what Return-Path says.'},
    {flag: '-m MAILBOX', text: 'Where it goes when no script says otherwise; INBOX.'},
    {flag: '-p FILE', text: 'The message, instead of standard input.'},
    {flag: '-c FILE', text: 'Another dovecot.conf than the instance’s.'},
    {flag: '-o NAME=VALUE', text: 'A setting, before all that the file says.'},
    {
      flag: '-e',
      text: 'Tell of a rejection by the exit status and on standard error, instead of writing to the sender.',
    },
    {flag: '-k', text: 'Keep the environment.'},
  ],
  main: (argv, stdio) => run(argv, stdio),
};

async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const values = new Map<string, string[]>();
  const reader = new OptionReader(argv, 'a:c:d:ef:km:o:p:r:');
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === '?' || read.option === ':') return usage(stdio);
    values.set(read.option, [...(values.get(read.option) ?? []), read.value]);
  }
  if (argv.length > reader.index) return usage(stdio);
  const value = (letter: string): string | undefined => values.get(letter)?.at(-1);
  const username = value('d') ?? stdio.env['USER'];
  if (username === undefined) throw new FatalError('destination user parameter (-d user) not given', EX_USAGE);
  const access = openAccess({configFile: value('c'), overrides: values.get('o') ?? [], env: stdio.env});
  const sink = access.openLog();
  const log = new Log(`lda(${username})<${process.pid}><>`, sink);
  access.logTo(log);
  try {
    const found = await access.lookupUser(username, {service: 'lda'});
    if (found.kind === 'broken') return EX_TEMPFAIL;
    if (found.kind === 'unknown') {
      stdio.stderr.write(`lda: Error: user ${username} doesn't exist\n`);
      return EX_NOUSER;
    }
    const bytes = withoutEnvelopeLine(await readAll(stdio, value('p')));
    const store = await access.openStoreOf(found.user, 'lda');
    const recipient =
      value('r') ?? value('a') ?? (username.includes('@') ? username : `${username}@${access.hostName}`);
    const envelope = {
      sender: value('f')?.replace(/^<|>$/g, '') ?? returnPath(bytes) ?? '',
      recipient,
      originalRecipient: value('a') ?? recipient,
    };
    const user = deliveryUser({
      access,
      record: found.user,
      store,
      protocol: 'lda',
      log,
      defaultMailbox: value('m') ?? 'INBOX',
    });
    const end = await deliverMail(user, envelope, messageInMemory(bytes), values.has('e'));
    await store.close();
    if (end.kind === 'done') return 0;
    stdio.stderr.write(`${end.reason}\n`);
    return EX_NOPERM;
  } catch (fault) {
    log.error(describe(fault));
    const isFull = fault instanceof MailError && fault.code === 'quota';
    if (isFull && values.has('e')) {
      stdio.stderr.write(`${fault.message}\n`);
      return EX_NOPERM;
    }
    return EX_TEMPFAIL;
  } finally {
    access.accounts.close();
    await sink.flush();
    sink.end();
  }
}

function usage(stdio: Stdio): number {
  stdio.stderr.write(`Usage: dovecot-lda ${dovecotLda.usage[0] ?? ''}\n`);
  return EX_USAGE;
}

async function readAll(stdio: Stdio, file: string | undefined): Promise<Buffer> {
  if (file !== undefined) {
    const {readFile} = await import('node:fs/promises');
    return readFile(file);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** mailbox_command puts a `From ` line before the message. */
function withoutEnvelopeLine(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 0, 5) !== 'From ') return bytes;
  return bytes.subarray(bytes.indexOf(10) + 1);
}

function returnPath(bytes: Buffer): string | undefined {
  const end = bytes.indexOf('\n\n');
  const head = bytes.toString('latin1', 0, end < 0 ? Math.min(bytes.length, 65_536) : end);
  return /^return-path:[ \t]*<?([^>\r\n]*)>?/im.exec(head)?.[1];
}
