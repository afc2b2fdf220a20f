/** The configuration of the instance a tool is for; what an unprivileged instance misses is made first. */
import type {Config} from '../core/config/config.ts';
import {ensureInstance, resolveInstance} from '../core/config/instance.ts';
import {loadConfig} from '../core/config/load-config.ts';

/** `directory` is the value of `-c` (sendmail: `-C`). */
export function openToolConfig(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const instance = resolveInstance(directory, environment);
  ensureInstance(instance);
  return loadConfig(instance.configDirectory, {root: instance.root});
}
