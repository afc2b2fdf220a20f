/** What `posthorn doctor` finds: one line each. */
export interface Finding {
  /** `relay`, `settings`, `loops`, `files`, `filters`, `dns`, `certificates`, `ports`. */
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failure';
  readonly text: string;
  /** What would mend it. */
  readonly advice?: string | undefined;
}

export function ok(check: string, text: string): Finding {
  return {check, verdict: 'ok', text};
}

export function warning(check: string, text: string, advice?: string): Finding {
  return {check, verdict: 'warning', text, advice};
}

export function failure(check: string, text: string, advice?: string): Finding {
  return {check, verdict: 'failure', text, advice};
}
