import type {Config} from '../config/config.ts';
import type {LockPatience} from '../mailbox/dot-lock.ts';

/** How long a mailbox's lock is waited for. */
export function lockPatience(config: Config): LockPatience {
  return {
    attempts: config.get('deliver_lock_attempts'),
    delaySeconds: config.get('deliver_lock_delay'),
    staleSeconds: config.get('stale_lock_time'),
  };
}
