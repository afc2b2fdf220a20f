/** formail(1): the mail (re)formatter. The work is in core/filter/procmail/formail; this reads the command line. */
import {describe} from '../core/base/errors.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {version} from '../core/base/version.ts';
import {Formatter} from '../core/filter/procmail/formail/formatter.ts';
import {IdCache} from '../core/filter/procmail/formail/id-cache.ts';
import {LineSource} from '../core/filter/procmail/formail/line-source.ts';
import {type FormailOptions, readFormailOptions} from '../core/filter/procmail/formail/options.ts';

const EX_USAGE = 64;
const EX_CANTCREAT = 73;

const USAGE = `Usage: formail [-vbczfrktqY] [-D nnn idcache] [-p prefix] [-l folder]
	[-xXaAiIuU field] [-R ofield nfield]
   Or: formail [+nnn] [-nnn] [-bczfrktedqBY] [-D nnn idcache] [-p prefix]
	[-n [nnn]] [-m nnn] [-l folder] [-xXaAiIuU field] [-R ofield nfield]
	-s [prg [arg ...]]
`;

export const formail: Tool = {
  name: 'formail',
  summary: 'reformat mail: headers, replies, mailboxes split up',
  usage: [
    '[-bczfrktqY] [-D LENGTH FILE] [-p PREFIX] [-l FOLDER] [-xXaAiIuU FIELD] [-R OLD NEW]',
    '[+SKIP] [-TOTAL] [-bczfrktedqBY] [-n [MAX]] [-m MIN] ... -s [PROGRAM [ARGUMENT ...]]',
    '-v',
  ],
  options: [
    {flag: '-a FIELD', text: 'Add the field unless there is one like it; Message-ID: alone makes one.'},
    {flag: '-A FIELD', text: 'Add the field in any case.'},
    {flag: '-b', text: 'Do not quote lines that look like the beginning of a message.'},
    {flag: '-B', text: 'Split a BABYL file.'},
    {flag: '-c', text: 'Put continued fields on one line.'},
    {flag: '-d', text: 'Split a digest; Content-Length does not count.'},
    {flag: '-D LENGTH FILE', text: 'Find duplicates by Message-ID (with -r: by sender), remembered in the file.'},
    {flag: '-e', text: 'A message may begin without an empty line before it.'},
    {flag: '-f', text: 'Do not add a `From ` line.'},
    {flag: '-i FIELD', text: 'Add the field, rename those like it with Old-.'},
    {flag: '-I FIELD', text: 'Add the field, delete those like it.'},
    {flag: '-k', text: 'Keep the body, with -r, -x and -X.'},
    {flag: '-l FOLDER', text: "Write a summary in the style of procmail's log."},
    {flag: '-m MIN', text: 'So many fields in a row begin a message (default 2).'},
    {flag: '-n [MAX]', text: 'Run the programs side by side, at most so many.'},
    {flag: '-p PREFIX', text: 'Quote with this instead of >.'},
    {flag: '-q', text: 'Be quiet, as is the default; -q- is not.'},
    {flag: '-r', text: 'Make the header of a reply.'},
    {flag: '-R OLD NEW', text: 'Rename fields.'},
    {flag: '-s [PROGRAM ...]', text: 'Split into messages; run the program for each.'},
    {flag: '-t', text: 'Reply to the sender in the header.'},
    {flag: '-u FIELD', text: 'Keep the first of these fields.'},
    {flag: '-U FIELD', text: 'Keep the last of these fields.'},
    {flag: '-x FIELD', text: 'Show the contents of the field.'},
    {flag: '-X FIELD', text: 'Show the whole field.'},
    {flag: '-Y', text: 'Ignore Content-Length.'},
    {flag: '-z', text: 'A blank behind each colon; no empty fields.'},
    {flag: '+SKIP, -TOTAL', text: 'Pass over the first messages; write at most so many.'},
  ],
  async main(argv, stdio) {
    const read = readFormailOptions(argv);
    switch (read.kind) {
      case 'usage':
        stdio.stderr.write(read.complaint + USAGE);
        return EX_USAGE;
      case 'help':
        stdio.stderr.write(USAGE + formail.options.map(({flag, text}) => ` ${flag.padEnd(18)}${text}\n`).join(''));
        return EX_USAGE;
      case 'version':
        stdio.stderr.write(`formail v3.23pre 2001/09/13\n    as Posthorn ${version} understands it\n`);
        return EX_USAGE;
      case 'options':
        return format(read.options, stdio);
    }
  },
};

async function format(options: FormailOptions, stdio: Stdio): Promise<number> {
  let idCache: IdCache | undefined;
  if (options.idCache !== undefined)
    try {
      idCache = new IdCache(options.idCache.file, options.idCache.length);
    } catch (fault) {
      stdio.stderr.write(`formail: Couldn't open "${options.idCache.file}"\n`);
      if (process.env['POSTHORN_DEBUG'] !== undefined) stdio.stderr.write(`${describe(fault)}\n`);
      return EX_CANTCREAT;
    }
  const formatter = new Formatter(options, {
    source:
      stdio.stdinFd === undefined
        ? LineSource.ofBytes(await wholeInput(stdio))
        : LineSource.ofDescriptor(stdio.stdinFd),
    idCache,
    env: {...stdio.env},
    now: () => new Date(),
    stdoutFd: stdio.stdoutFd ?? 1,
    stderrFd: stdio.stderrFd ?? 2,
    writeOutput: text => stdio.stdout.write(text),
    complain: text => stdio.stderr.write(`formail: ${text}`),
  });
  return formatter.run();
}

async function wholeInput(stdio: Stdio): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
