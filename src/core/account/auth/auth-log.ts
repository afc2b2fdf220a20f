/** Where the auth service's lines go. A `Log` fits; lines that are for debugging need one that takes them. */
export interface AuthLog {
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  debug?(text: string): void;
}
