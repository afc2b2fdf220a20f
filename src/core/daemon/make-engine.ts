/** The one place where the daemon meets the engine it runs. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {Engine} from './engine.ts';

export function makeEngine(config: Config, log: Log): Engine {
  return new Engine({config, log});
}
