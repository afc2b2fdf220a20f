/**
 * The decision recorder (DESIGN promise 6): whoever decides something about a message says so here, once, in the live
 * engine; `posthorn explain` replays what was said. A room that gets no recorder passes `undefined` and pays nothing.
 */
export interface Decision {
  /** What decided: `virtual_alias_maps`, `transport_maps`, `aliases`, `.forward`, `mydestination`, `mailbox`. */
  readonly step: string;
  /** What it was asked about: an address, a name. Byte string. */
  readonly subject: string;
  /** What came out, in words for the operator. */
  readonly result: string;
  /** The table or parameter and, where known, the file and line that decided. */
  readonly source?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

export interface Recorder {
  decided(decision: Decision): void;
}
