/** The one place where the daemon meets the engine it runs. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {Engine} from './engine.ts';
import type {QueueRole} from './queue-role.ts';

export function makeEngine(config: Config, log: Log): QueueRole {
  return new Engine({config, log});
}
