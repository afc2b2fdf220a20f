/** What a script wants done, and where in the script it said so. Actions take effect when all scripts have ended. */
interface Common {
  readonly script: string;
  readonly line: number;
  /** RFC 3894: the implicit keep stays. */
  copy: boolean;
}

export interface StoreAction extends Common {
  readonly kind: 'store';
  readonly mailbox: string;
  readonly isKeep: boolean;
  flags: readonly string[] | undefined;
  create: boolean;
  specialUse: string | undefined;
  mailboxId?: string | undefined;
}

export interface RedirectAction extends Common {
  readonly kind: 'redirect';
  readonly address: string;
  /** RFC 6009. */
  readonly dsnNotify?: string | undefined;
  readonly dsnRet?: string | undefined;
}

export interface RejectAction extends Common {
  readonly kind: 'reject';
  readonly reason: string;
  readonly isExtended: boolean;
}

export interface DiscardAction extends Common {
  readonly kind: 'discard';
}

export interface VacationAction extends Common {
  readonly kind: 'vacation';
  readonly message: string;
  readonly seconds: number;
  readonly subject: string | undefined;
  readonly from: string | undefined;
  readonly addresses: readonly string[];
  readonly isMime: boolean;
  readonly handle: string;
  /** RFC 8580. */
  readonly fcc?: Fcc | undefined;
}

export interface Fcc {
  readonly mailbox: string;
  readonly create: boolean;
  readonly flags: readonly string[] | undefined;
}

export interface NotifyAction extends Common {
  readonly kind: 'notify';
  readonly method: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly subject: string | undefined;
  readonly body: string | undefined;
  readonly importance: number;
  readonly from: string | undefined;
  readonly message: string | undefined;
  /** The notification of the draft that came before enotify. */
  readonly isOld: boolean;
  readonly id: string | undefined;
  readonly fcc?: Fcc | undefined;
}

export interface PipeAction extends Common {
  readonly kind: 'pipe';
  readonly program: string;
  readonly args: readonly string[];
  readonly isTry: boolean;
}

export interface ReportAction extends Common {
  readonly kind: 'report';
  readonly feedback: string;
  readonly message: string;
  readonly to: string;
  readonly headersOnly: boolean;
}

/** The message is remembered when the script has ended well (RFC 7352). */
export interface MarkAction extends Common {
  readonly kind: 'mark';
  readonly id: string;
  readonly seconds: number;
  readonly isLast: boolean;
  readonly handle: string | undefined;
}

export type Action =
  | MarkAction
  | StoreAction
  | RedirectAction
  | RejectAction
  | DiscardAction
  | VacationAction
  | NotifyAction
  | PipeAction
  | ReportAction;
