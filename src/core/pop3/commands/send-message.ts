/** Sends a message behind its status line, and the dot that ends it. */
import {DotStuffer} from '../dot-stuffer.ts';
import type {MailPhase} from '../mail-phase.ts';

/** Answers how many bytes it took with the status line; undefined: it could not be read, and the client has been told. */
export async function sendMessage(
  phase: MailPhase,
  number: number,
  status: string,
  bodyLines: number | undefined,
): Promise<number | undefined> {
  const {wire, settings, messages} = phase;
  const reader = await phase.mailbox.open(messages.sequence(number)).catch((fault: unknown) => {
    phase.failMail(fault);
    return 'told' as const;
  });
  if (reader === 'told') return undefined;
  if (reader === undefined) {
    phase.fail(`Message ${number} expunged.`);
    return undefined;
  }
  const before = wire.bytesOut;
  wire.write(`${status}\r\n`);
  const stuffer = new DotStuffer({
    bodyLines,
    hidesNuls: settings.workarounds.has('outlook-no-nuls'),
    completesHeader: settings.workarounds.has('oe-ns-eoh'),
  });
  try {
    for await (const piece of reader.stream()) {
      wire.write(stuffer.take(piece));
      await wire.flush();
      if (stuffer.isDone || wire.hasEnded) break;
    }
  } finally {
    reader.close();
  }
  wire.write(stuffer.finish());
  const sent = wire.bytesOut - before;
  wire.write('.\r\n');
  return sent;
}
