/** The types of a Postfix parameter, and the constructors with which the registry's rows are written. */
export type Parameter = TextParameter | FlagParameter | NumberParameter | TimeParameter;

interface Common {
  /** The default, unexpanded, as `postconf -d` prints it. */
  readonly defaultValue: string;
  /** What it does, one or two sentences. */
  readonly text: string;
  /** False: parsed and printed, but nothing here acts on it yet (`postfix check` says so). */
  readonly hasEffect: boolean;
}
/** `min` and `max` are of its length: 1 when it may not be empty. */
export interface TextParameter extends Common, Bounds {
  readonly kind: 'text';
  /** Its `$name`s are not main.cf's but the reader's own (forward_path, luser_relay...). */
  readonly isRaw?: boolean;
}
export interface FlagParameter extends Common {
  readonly kind: 'flag';
}
export interface NumberParameter extends Common, Bounds {
  readonly kind: 'number';
}
export interface TimeParameter extends Common, Bounds {
  readonly kind: 'time';
}
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}
export interface RowOptions extends Bounds {
  /** Set when the parameter has effect. */
  readonly effect?: boolean;
}

export function text(defaultValue: string, does: string, options: RowOptions & {raw?: boolean} = {}): TextParameter {
  const row = {kind: 'text', defaultValue, text: does, hasEffect: options.effect === true, ...bounds(options)} as const;
  return options.raw === true ? {...row, isRaw: true} : row;
}
export function flag(defaultValue: string, does: string, options: {readonly effect?: boolean} = {}): FlagParameter {
  return {kind: 'flag', defaultValue, text: does, hasEffect: options.effect === true};
}
export function number(defaultValue: string, does: string, options: RowOptions = {}): NumberParameter {
  return {kind: 'number', defaultValue, text: does, hasEffect: options.effect === true, ...bounds(options)};
}
/** Values are in seconds once evaluated; a default without unit takes the unit it is written with. */
export function time(defaultValue: string, does: string, options: RowOptions = {}): TimeParameter {
  return {kind: 'time', defaultValue, text: does, hasEffect: options.effect === true, ...bounds(options)};
}

function bounds(options: RowOptions): Bounds {
  return {
    ...(options.min === undefined ? {} : {min: options.min}),
    ...(options.max === undefined ? {} : {max: options.max}),
  };
}
