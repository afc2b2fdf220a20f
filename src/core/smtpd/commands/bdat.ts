/**
 * BDAT (RFC 3030): content in counted chunks. After a chunk that was refused, the client's next ones are read and thrown
 * away, since it may have sent them already.
 */
import {ChunkDecoder} from '../../smtp/chunk-decoder.ts';
import type {ContentSink} from '../../smtp/client-parser.ts';
import {ContentIntake} from '../content-intake.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

/** A message that comes in chunks. */
export interface Chunking {
  readonly decoder: ChunkDecoder;
  /** undefined: refused; what comes is thrown away. */
  intake: ContentIntake | undefined;
}

export const bdat: SmtpdCommand = {
  name: 'BDAT',
  counter: 'bdat',
  run(machine, argument) {
    const [, digits = '', last] = /^(\d+)(?:[ \t]+(LAST))?$/i.exec(argument) ?? [];
    if (machine.discarded.has('CHUNKING')) return impossible(machine, '521 5.5.1 Error: command not implemented');
    const count = Number(digits);
    if (digits === '' || !Number.isSafeInteger(count)) return malformed(machine);
    if (count > MAX_CHUNK) return tooMuch(machine);
    if (count === 0 && last === undefined) return nothing(machine);
    return receive(machine, count, last !== undefined);
  },
};

function malformed(machine: SmtpdMachine): false {
  warn(machine, 'malformed BDAT command syntax', `: ${machine.line}`);
  return impossible(machine, '521 5.5.4 Syntax: BDAT count [LAST]');
}

function warn(machine: SmtpdMachine, what: string, rest = ''): void {
  const {service, state, clientText} = machine;
  service.log.warning(`${state.queueId ?? 'NOQUEUE'}: ${what} from ${clientText}${rest}`);
}

/** Without a count nobody knows where the next command begins. */
function impossible(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  machine.end();
  return false;
}

function tooMuch(machine: SmtpdMachine): false {
  machine.say('552 5.3.4 Chunk exceeds message size limit');
  machine.end();
  return false;
}

/** A chunk of nothing costs as much as one with something in it: the message is spoilt. */
function nothing(machine: SmtpdMachine): false {
  warn(machine, 'null BDAT request');
  machine.say('551 5.7.1 Null BDAT request');
  machine.chunking ??= {decoder: new ChunkDecoder(), intake: undefined};
  machine.chunking.intake = undefined;
  return false;
}

async function receive(machine: SmtpdMachine, count: number, isLast: boolean): Promise<boolean> {
  const isFirst = machine.chunking === undefined;
  const complaint = isFirst ? await begin(machine, count) : overLimit(machine, count);
  const {chunking} = machine;
  machine.receiving = 'bdat';
  if (complaint !== undefined && chunking !== undefined) chunking.intake = undefined;
  const intake = complaint === undefined ? chunking?.intake : undefined;
  const decoder = chunking?.decoder ?? new ChunkDecoder();
  const sink: ContentSink = {
    push: bytes => intake?.push(bytes),
    end: async () => void (await finish(machine, {count, isLast, intake, complaint, decoder})),
  };
  machine.wire.parser.readChunk(count, decoder, sink); // the chunk is read when this command is done
  return true;
}

/** The first chunk of a message: the same conditions as for DATA. */
async function begin(machine: SmtpdMachine, count: number): Promise<string | undefined> {
  const chunking: Chunking = {decoder: new ChunkDecoder(), intake: undefined};
  const complaint = machine.notReadyForContent();
  machine.chunking = chunking;
  if (complaint !== undefined) return complaint;
  const refused = (await machine.service.access.data(machine.state)) ?? overLimit(machine, count);
  const {message} = machine.transaction;
  if (refused !== undefined || message === undefined) return refused;
  chunking.intake = new ContentIntake(machine, message, 'BDAT');
  return undefined;
}

function overLimit(machine: SmtpdMachine, count: number): string | undefined {
  const {chunking, service} = machine;
  const {messageLimit} = service.settings;
  if (messageLimit === 0 || (chunking?.intake?.lineBytes ?? 0) + count <= messageLimit) return undefined;
  warn(machine, 'BDAT request', ' exceeds message size limit');
  return '552 5.3.4 Chunk exceeds message size limit';
}

interface Chunk {
  readonly count: number;
  readonly isLast: boolean;
  readonly intake: ContentIntake | undefined;
  readonly complaint: string | undefined;
  readonly decoder: ChunkDecoder;
}

async function finish(machine: SmtpdMachine, chunk: Chunk): Promise<boolean> {
  const {count, isLast, intake, complaint, decoder} = chunk;
  const errorsBefore = machine.errors;
  machine.receiving = undefined;
  if (intake === undefined) {
    machine.counters.spoil('bdat');
    machine.refuse(complaint ?? `551 5.0.0 Discarded ${count} bytes after earlier error`);
    if (isLast) machine.transaction.reset();
    await machine.contentFailed(errorsBefore);
    return false;
  }
  if (!isLast) {
    machine.say(`250 2.0.0 Ok: ${count} bytes`);
    return true;
  }
  decoder.end(bytes => void intake.push(bytes));
  intake.hasBareNewline = decoder.hasBareNewline;
  machine.chunking = undefined;
  const isGood = await intake.finish(`${intake.finishedBytes} bytes `);
  if (!isGood) await machine.contentFailed(errorsBefore);
  return isGood;
}

const MAX_CHUNK = 0x7fffffff;
