/** A script can't go on: its message is kept. The text is what the original logs behind the line's number. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  /** An action was refused: the place of its command is told. */
  readonly isOfAction: boolean;

  constructor(message: string, isOfAction = false) {
    super(message);
    this.isOfAction = isOfAction;
  }
}
