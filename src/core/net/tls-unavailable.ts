/** TLS can't be had, for a service or for a session; `warnings` say why in the original's words. */
import type {Log} from '../log/log.ts';

export class TlsUnavailable extends Error {
  override readonly name = 'TlsUnavailable';
  readonly warnings: readonly string[];
  /** What the original says before them without calling it a warning. */
  readonly note: string | undefined;

  constructor(warnings: readonly string[], options: ErrorOptions & {readonly note?: string} = {}) {
    super(options.note ?? warnings[0] ?? '', options);
    this.warnings = warnings;
    this.note = options.note;
  }

  tell(log: Log): void {
    if (this.note !== undefined) log.info(this.note);
    for (const warning of this.warnings) log.warning(warning);
  }
}
