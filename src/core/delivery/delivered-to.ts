/**
 * The Delivered-To: headers of a message, by which local(8), virtual(8) and pipe(8) notice mail that goes in circles.
 * Addresses are compared without regard to case.
 */
import type {ContentSource} from '../queue/agent.ts';

const NAME = 'delivered-to:';
/** A header line beyond this is no address of ours. */
const MAX_LINE = 2048;
/** Read whole when it is small, as the delivery that follows does. */
const SMALL_BYTES = 128 * 1024;

export class DeliveredTo {
  readonly #addresses: readonly string[];

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  has(address: string): boolean {
    return this.#addresses.length > 0 && this.#addresses.includes(address.toLowerCase());
  }
}

export async function readDeliveredTo(content: ContentSource): Promise<DeliveredTo> {
  const whole = await content.wholeIfSmall(SMALL_BYTES);
  if (whole !== undefined) return new DeliveredTo(scanHeader(whole).addresses);
  let carried: Buffer = Buffer.alloc(0);
  const found: string[] = [];
  for await (const chunk of content.chunks()) {
    const bytes = Buffer.concat([carried, chunk]);
    const scan = scanHeader(bytes);
    found.push(...scan.addresses);
    if (scan.isOver) break;
    carried = Buffer.from(bytes.subarray(Math.max(scan.consumed, bytes.length - MAX_LINE)));
  }
  return new DeliveredTo(found);
}

interface Scan {
  readonly addresses: string[];
  /** The header ends here. */
  readonly isOver: boolean;
  /** Bytes of whole lines. */
  readonly consumed: number;
}

const LF = 0x0a;
const LOWER_D = 0x64;

function scanHeader(bytes: Buffer): Scan {
  const addresses: string[] = [];
  let at = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, at)) {
    const first = bytes[at] ?? 0;
    if (end === at || !isHeaderLine(bytes, at, end, first)) return {addresses, isOver: true, consumed: at};
    if ((first | 0x20) === LOWER_D && end - at < MAX_LINE) {
      const line = bytes.toString('latin1', at, end);
      if (line.slice(0, NAME.length).toLowerCase() === NAME)
        addresses.push(line.slice(NAME.length).trim().toLowerCase());
    }
    at = end + 1;
  }
  return {addresses, isOver: false, consumed: at};
}

/** A field, or the folded rest of one. */
function isHeaderLine(bytes: Buffer, at: number, end: number, first: number): boolean {
  if (first === SPACE || first === TAB) return true;
  const colon = bytes.indexOf(COLON, at);
  return colon >= 0 && colon < end;
}

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
