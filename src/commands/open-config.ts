/** The configuration of the instance a tool is for; what an unprivileged instance misses is made first. */
import {describe, FatalError} from '../core/base/errors.ts';
import {checkCommonParameters} from '../core/config/common-parameters.ts';
import type {Config} from '../core/config/config.ts';
import {ensureInstance, resolveInstance} from '../core/config/instance.ts';
import {loadConfig} from '../core/config/load-config.ts';

/**
 * `directory` is the value of `-c` (sendmail: `-C`). Throws `ConfigError` when it can't be used, or `FatalError` where a
 * tool has an exit status of its own for that.
 */
export function openToolConfig(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  exitStatus?: number,
): Config {
  const instance = resolveInstance(directory, environment);
  ensureInstance(instance);
  try {
    const config = loadConfig(instance.configDirectory, {root: instance.root});
    checkCommonParameters(config);
    return config;
  } catch (fault) {
    throw exitStatus === undefined ? fault : new FatalError(describe(fault), exitStatus, {cause: fault});
  }
}
