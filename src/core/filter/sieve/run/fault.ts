/** A script can't go on: its message is kept. The text is what the original logs behind the line's number. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  /** An action was refused: the place of its command is told. */
  readonly isOfAction: boolean;
  /** How deep in the trace its end is told. */
  readonly traceDepth: number;

  constructor(message: string, isOfAction = false, traceDepth = isOfAction ? 1 : 0) {
    super(message);
    this.isOfAction = isOfAction;
    this.traceDepth = traceDepth;
  }
}
