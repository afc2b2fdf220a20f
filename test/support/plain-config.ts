/** The parameters' defaults with a few set, as a `Config`: `$name` and `${name}` are expanded, nothing else. */
import type {Config, ValueOf} from '../../src/core/config/config.ts';
import {parameters, type ParameterName} from '../../src/core/config/parameters.ts';

const UNITS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86400, w: 604800};

export function plainConfig(set: Readonly<Record<string, string>> = {}): Config {
  const given: Record<string, string> = {myhostname: 'mail.example.com', mydomain: 'example.com', ...set};
  const raw = (name: string): string | undefined =>
    given[name] ?? (Object.hasOwn(parameters, name) ? parameters[name as ParameterName].defaultValue : undefined);
  const expand = (text: string): string =>
    text.replace(/\$\{?(\w+)\}?/g, (_whole, name: string) => expand(raw(name) ?? ''));
  const get = (name: ParameterName): string | number | boolean => {
    const value = expand(raw(name) ?? '');
    const {kind} = parameters[name];
    if (kind === 'flag') return value === 'yes';
    if (kind === 'number') return Number(value);
    if (kind !== 'time') return value;
    return Number.parseInt(value, 10) * (UNITS[value.slice(-1)] ?? 1);
  };
  const config: Config = {
    root: '/',
    directory: '/etc/postfix',
    get: <Name extends ParameterName>(name: Name) => get(name) as ValueOf<Name>, // typed by the registry's row
    lookup: raw,
    raw,
    forTransport: (transport, suffix) => raw(`${transport}_${suffix}`) ?? raw(`default_${suffix}`) ?? '',
    list: name =>
      String(get(name))
        .split(/[\s,]+/)
        .filter(Boolean),
    origin: () => undefined,
    withOverrides: overrides => plainConfig({...given, ...Object.fromEntries(overrides)}),
    expand,
  };
  return config;
}
