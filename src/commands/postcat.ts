/** postcat(1): shows queue files, record by record. */
import {closeSync, openSync} from 'node:fs';
import {describe, FatalError, systemCode} from '../core/base/errors.ts';
import {toPath} from '../core/base/bytes.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {printable} from '../core/log/maillog-line.ts';
import {isQueueId} from '../core/queue/queue-id.ts';
import {QueueStore} from '../core/queue/queue-store.ts';
import {openToolConfig} from './open-config.ts';
import {Dump, DumpOutput, type DumpOptions} from './postcat-dump.ts';

const USAGE =
  'usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';
const SEARCHED = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'saved'] as const;

/** What is written to while the options are read. */
type Options = {-readonly [Name in keyof DumpOptions]: DumpOptions[Name]} & {
  directory: string | undefined;
  isQueueId: boolean;
};

export const postcat: Tool = {
  name: 'postcat',
  summary: 'show the contents of queue files',
  usage: ['[-bdehoqrv] [-c DIR] [-s OFFSET] [FILE ...]'],
  options: [
    {flag: '-e', text: 'Envelope records.'},
    {flag: '-h', text: 'Message headers.'},
    {flag: '-b', text: 'Message body.'},
    {flag: '-q', text: 'The operands are queue ids, looked for in all queues.'},
    {flag: '-d', text: "Each record's type as a number."},
    {flag: '-o', text: "Each record's offset in the file."},
    {flag: '-r', text: 'Records in the order they stand, without following pointers.'},
    {flag: '-s OFFSET', text: 'Begin at this offset.'},
    {flag: '-v', text: 'Name text records too, and show padding and pointers.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
  ],
  description: ['Without -e, -h or -b all three are shown. A file that is no queue file is a warning, not an error.'],
  main(argv, stdio) {
    const reader = new OptionReader(argv, 'bc:dehoqrs:v');
    const options = readOptions(reader, stdio);
    const {directory, isQueueId: takesIds} = options;
    const names = reader.operands();
    const isFromQueue = takesIds && names.length > 0;
    const config = directory !== undefined || isFromQueue ? openToolConfig(directory, stdio.env) : undefined;
    const out = new DumpOutput(stdio);
    try {
      if (names.length === 0) new Dump(options, out, stdio.stdinFd ?? 0, 'stdin').run();
      for (const name of names)
        if (isFromQueue && config !== undefined) showQueued(name, new QueueStore(config), options, out);
        else showFile(openOrFail(name), name, options, out);
    } finally {
      out.flush();
    }
    return 0;
  },
};

function readOptions(reader: OptionReader, stdio: Stdio): Options {
  const options: Options = {
    directory: undefined,
    showsEnvelope: false,
    showsHeader: false,
    showsBody: false,
    printsType: false,
    printsOffset: false,
    isRaw: false,
    isVerbose: false,
    isQueueId: false,
    start: 0,
  };
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === '?') stdio.stderr.write(`postcat: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postcat: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':') throw new FatalError(USAGE);
    setOption(options, read.option, read.value);
  }
  if (!options.showsEnvelope && !options.showsHeader && !options.showsBody)
    options.showsEnvelope = options.showsHeader = options.showsBody = true;
  return options;
}

function setOption(options: Options, letter: string, value: string): void {
  switch (letter) {
    case 'b':
      options.showsBody = true;
      return;
    case 'c':
      options.directory = value;
      return;
    case 'd':
      options.printsType = true;
      return;
    case 'e':
      options.showsEnvelope = true;
      return;
    case 'h':
      options.showsHeader = true;
      return;
    case 'o':
      options.printsOffset = true;
      return;
    case 'q':
      options.isQueueId = true;
      return;
    case 'r':
      options.isRaw = true;
      return;
    case 's':
      if (!/^\d+$/.test(value)) throw new FatalError(printable(`bad offset: ${value}`));
      options.start = Number(value);
      return;
    case 'v':
      options.isVerbose = true;
      return;
  }
}

function showQueued(id: string, store: QueueStore, options: Options, out: DumpOutput): void {
  if (!isQueueId(id)) throw new FatalError(printable(`bad mail queue ID: ${id}`));
  for (const queue of SEARCHED) {
    const path = store.path(queue, id);
    const fd = openIfThere(path);
    if (fd !== undefined) return showFile(fd, path.slice(store.spool.length + 1), options, out);
  }
  throw new FatalError(`open queue file ${id}: No such file or directory`);
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(toPath(path), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined; // it may be in another queue
    throw fault;
  }
}

function openOrFail(path: string): number {
  try {
    return openSync(toPath(path), 'r');
  } catch (fault) {
    throw new FatalError(printable(`open ${path}: ${describe(fault)}`), 1, {cause: fault});
  }
}

function showFile(fd: number, shown: string, options: Options, out: DumpOutput): void {
  try {
    new Dump(options, out, fd, shown).run();
  } catch (fault) {
    if (systemCode(fault) !== 'EISDIR') throw fault;
    out.warn(`close ${shown}: Is a directory`); // seen: reading one is an end, closing it a warning
  } finally {
    closeSync(fd);
  }
}
