/** A parameter's text as its type says: flags, numbers and times, within their bounds, faults in the original's words. */
import {ConfigError} from '../base/errors.ts';
import type {Bounds, Parameter} from './parameter.ts';

export function evaluate(row: Parameter, name: string, value: string): string | number | boolean {
  switch (row.kind) {
    case 'text':
      return textValue(name, value, row);
    case 'flag':
      return flagValue(name, value);
    case 'number':
      return bounded(name, numberValue(name, value), row);
    case 'time':
      return bounded(name, timeValue(name, value, row.defaultValue), row);
  }
}

function textValue(name: string, value: string, {min, max}: Bounds): string {
  const {length} = value;
  if (min !== undefined && length < min)
    throw new ConfigError(`bad string length ${length} < ${min}: ${name} = ${value}`);
  if (max !== undefined && length > max)
    throw new ConfigError(`bad string length ${length} > ${max}: ${name} = ${value}`);
  return value;
}

function flagValue(name: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word === 'yes') return true;
  if (word === 'no') return false;
  throw new ConfigError(`bad boolean configuration: ${name} = ${value}`);
}

function numberValue(name: string, value: string): number {
  if (!/^\s*[-+]?\d+$/.test(value)) throw new ConfigError(`bad numerical configuration: ${name} = ${value}`);
  return Number(value);
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** In seconds; a number without unit takes the unit of the default. */
export function timeValue(name: string, value: string, defaultValue: string): number {
  const match = /^\s*(\d+)([smhdw]?)$/i.exec(value);
  if (match === null) throw new ConfigError(`parameter ${name}: bad time value or unit: ${value}`);
  const unit = match[2]?.toLowerCase() || /[smhdw]$/.exec(defaultValue)?.[0] || 's';
  return Number(match[1]) * (UNIT_SECONDS.get(unit) ?? 1);
}

function bounded(name: string, value: number, {min, max}: Bounds): number {
  if (min !== undefined && value < min) throw new ConfigError(`invalid ${name} parameter value ${value} < ${min}`);
  if (max !== undefined && value > max) throw new ConfigError(`invalid ${name} parameter value ${value} > ${max}`);
  return value;
}
