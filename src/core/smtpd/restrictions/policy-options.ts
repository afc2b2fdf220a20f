/**
 * A policy service as lists name it: `unix:private/policy`, `inet:host:port`, or with settings of its own
 * `{inet:host:port, timeout = 10s, default_action = DUNNO}` (SMTPD_POLICY_README). Throws `ConfigError` in the
 * original's words.
 */
import {ConfigError} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import {timeValue} from '../../config/values.ts';
import {insideBraces, splitList} from '../../table/braces.ts';
import {splitAtEquals} from '../../table/name-value.ts';

export interface PolicyOptions {
  /** `unix:path` or `inet:host:port`. */
  readonly server: string;
  readonly timeoutSeconds: number;
  readonly maxIdleSeconds: number;
  readonly maxTtlSeconds: number;
  readonly retryDelaySeconds: number;
  readonly requestLimit: number;
  readonly tryLimit: number;
  readonly defaultAction: string;
  readonly policyContext: string;
}

export function policyOptions(name: string, config: Config): PolicyOptions {
  if (!name.startsWith('{')) return defaults(name, config);
  const inside = insideBraces(name);
  if ('fault' in inside) throw new ConfigError(`policy service syntax error: ${inside.fault}`);
  const [server, ...settings] = splitList(inside.text);
  if (server === undefined) throw new ConfigError(`empty policy service: "${name}"`);
  return settings.reduce((options, setting) => withSetting(options, setting), defaults(server, config));
}

function defaults(server: string, config: Config): PolicyOptions {
  return {
    server,
    timeoutSeconds: config.get('smtpd_policy_service_timeout'),
    maxIdleSeconds: config.get('smtpd_policy_service_max_idle'),
    maxTtlSeconds: config.get('smtpd_policy_service_max_ttl'),
    retryDelaySeconds: config.get('smtpd_policy_service_retry_delay'),
    requestLimit: config.get('smtpd_policy_service_request_limit'),
    tryLimit: config.get('smtpd_policy_service_try_limit'),
    defaultAction: config.get('smtpd_policy_service_default_action'),
    policyContext: config.get('smtpd_policy_service_policy_context'),
  };
}

/** Names without `smtpd_policy_service_`. */
function withSetting(options: PolicyOptions, setting: string): PolicyOptions {
  const inside = setting.startsWith('{') ? insideBraces(setting) : {text: setting};
  if ('fault' in inside) throw new ConfigError(`${inside.fault} in "${setting}"`);
  const pair = splitAtEquals(inside.text);
  if ('fault' in pair) throw new ConfigError(`malformed option: ${pair.fault}: "...${inside.text}..."`);
  const {key: name, value} = pair;
  switch (name) {
    case 'timeout':
      return {...options, timeoutSeconds: seconds(name, value)};
    case 'max_idle':
      return {...options, maxIdleSeconds: seconds(name, value)};
    case 'max_ttl':
      return {...options, maxTtlSeconds: seconds(name, value)};
    case 'retry_delay':
      return {...options, retryDelaySeconds: seconds(name, value)};
    case 'request_limit':
      return {...options, requestLimit: count(name, value, 0)};
    case 'try_limit':
      return {...options, tryLimit: count(name, value, 1)};
    case 'default_action':
      if (value === '') throw new ConfigError(`bad string length 0 < 1: ${name} = ${value}`);
      return {...options, defaultAction: value};
    case 'policy_context':
      return {...options, policyContext: value};
    default:
      throw new ConfigError(`unknown option: "${name} = ${value}"`);
  }
}

function seconds(name: string, value: string): number {
  const time = secondsOf(name, value);
  if (time < 1) throw new ConfigError(`invalid ${name} parameter value ${time} < 1`);
  return time;
}

function secondsOf(name: string, value: string): number {
  if (!/^\s*\d+[smhdw]?$/i.test(value)) throw new ConfigError(`${name}: bad time value or unit: ${value}`);
  return timeValue(name, value, '1s');
}

function count(name: string, value: string, min: number): number {
  if (!/^\d+$/.test(value)) throw new ConfigError(`bad numerical configuration: ${name} = ${value}`);
  if (Number(value) < min) throw new ConfigError(`invalid ${name} parameter value ${value} < ${min}`);
  return Number(value);
}
