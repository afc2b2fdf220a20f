/** `service/type/third` as postconf(1) has it on its command line; `*` stands for anything. */
import type {ServicePattern} from '../core/config/master-cf-edit.ts';

export interface Request extends ServicePattern {
  readonly text: string;
  /** A field or a parameter. */
  readonly third: string;
  isMet: boolean;
}

/** Undefined when it has fewer or more parts than wanted; parts that are left out are `*`. */
export function readPattern(text: string, least: number, most: number): Request | undefined {
  const parts = text.split('/').filter((part, i) => part !== '' || i === 0);
  if (parts.length < least || parts.length > most || parts[0] === '') return undefined;
  if (parts.some(part => part.includes('*') && part !== '*')) return undefined;
  const [service = '*', type = '*', third = '*'] = parts;
  return {text, service, type, third, isMet: false};
}
