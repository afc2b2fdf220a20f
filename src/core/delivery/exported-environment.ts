/** The part of our own environment that commands see: postconf(5) export_environment, on a fresh PATH. */
import {toByteString} from '../base/bytes.ts';
import type {Config} from '../config/config.ts';
import {DEFAULT_PATH} from './run-command.ts';

export function exportedEnvironment(config: Config): Map<string, string> {
  const env = new Map([['PATH', DEFAULT_PATH]]);
  for (const item of config.list('export_environment')) {
    const equals = item.indexOf('=');
    const name = equals < 0 ? item : item.slice(0, equals);
    const value = equals < 0 ? inherited(name, config) : item.slice(equals + 1);
    if (value !== undefined) env.set(name, value);
  }
  return env;
}

/** MAIL_CONFIG names the configuration that is in force, as master(8) sees to. */
function inherited(name: string, config: Config): string | undefined {
  if (name === 'MAIL_CONFIG') return config.directory;
  const fixed = config.list('import_environment').find(item => item.startsWith(`${name}=`));
  if (fixed !== undefined) return fixed.slice(name.length + 1);
  const value = process.env[name];
  return value === undefined ? undefined : toByteString(value);
}
