/**
 * Bytes changed in place in a queue file: a recipient that is done, a delay warning that was sent, a trace that was
 * reported. None is flushed: what is lost with a crash is done once more. A file that is gone is left alone.
 */
import {open, type FileHandle} from 'node:fs/promises';
import {systemCode} from '../base/errors.ts';
import type {Recipient} from './agent.ts';

const DONE = Buffer.from('D');
const KILLED = Buffer.from('K');
/** Seen: the original writes -1 once it has warned. */
const WARNED = Buffer.from(`W\x0f${'-1'.padStart(15)}`, 'latin1');
const TRACE_RECORD = Buffer.from('A\x10trace_flags=1024', 'latin1');

export async function markDone(path: string, recipients: readonly Recipient[]): Promise<void> {
  await change(path, async file => {
    for (const {offset} of recipients) if (offset > 0) await file.write(DONE, 0, 1, offset);
  });
}

export async function markWarned(path: string, offset: number): Promise<void> {
  await change(path, async file => {
    await file.write(WARNED, 0, WARNED.length, offset);
  });
}

/** `sendmail -v` reports the first round only. */
export async function markTraced(path: string, envelopeBytes: number): Promise<void> {
  await change(path, async file => {
    const envelope = Buffer.alloc(envelopeBytes);
    await file.read(envelope, 0, envelopeBytes, 0);
    const at = envelope.indexOf(TRACE_RECORD);
    if (at > 0) await file.write(KILLED, 0, 1, at);
  });
}

async function change(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r+');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return; // deleted under our feet
    throw fault;
  }
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
