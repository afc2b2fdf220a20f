/**
 * main.cf as evaluated: what the engine asks its parameters of. All values are byte strings (base/bytes.ts).
 */
import type {parameters, ParameterName} from './parameters.ts';

/** The type a parameter evaluates to: text, flag -> boolean, number, time -> seconds. */
export type ValueOf<Name extends ParameterName> = (typeof parameters)[Name] extends {kind: 'flag'}
  ? boolean
  : (typeof parameters)[Name] extends {kind: 'number' | 'time'}
    ? number
    : string;

export interface Config {
  /** Root of the instance: '/' or the directory above `etc/postfix`. Without trailing slash unless it is '/'. */
  readonly root: string;
  /** Directory of main.cf and master.cf. */
  readonly directory: string;
  /** A known parameter, expanded and converted. Throws `ConfigError` with the original's words on a bad value. */
  get<Name extends ParameterName>(name: Name): ValueOf<Name>;
  /**
   * Any parameter by name, expanded: user-defined ones and those derived from a service's name
   * (`local_destination_recipient_limit`); undefined when neither set nor known.
   */
  lookup(name: string): string | undefined;
  /**
   * A parameter as it is written, overrides on top, nothing expanded: for those whose `$name` is not main.cf's but the
   * reader's own (forward_path, luser_relay, mailbox_command, command_execution_directory, default_rbl_reply...).
   */
  raw?(name: string): string | undefined;
  /** The names that are set, in main.cf or by overrides. */
  setNames?(): readonly string[];
  /** Like `lookup`, for a service-derived name that falls back to `default_...`: `forTransport('local', 'destination_concurrency_limit')`. */
  forTransport(transport: string, suffix: string): string;
  /** A list parameter's elements, split at blanks and commas (braces kept together). */
  list(name: ParameterName): readonly string[];
  /** Is the parameter set in main.cf (or by an override), and where. */
  origin(name: string): {readonly file: string; readonly line: number} | undefined;
  /** The same configuration with a master.cf entry's `-o name=value` on top. */
  withOverrides(overrides: ReadonlyMap<string, string>): Config;
  /** Expands `$name` forms of a text that is not itself a parameter (a master.cf argument, a template). */
  expand(text: string): string;
}
