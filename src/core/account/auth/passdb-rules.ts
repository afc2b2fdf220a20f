/** What follows from the result of one passdb: whether the next is asked, and what it comes to in the end. */
import type {PassdbResult} from './passdb.ts';
import type {AuthRequest} from './request.ts';
import type {AuthRule, PassdbSettings} from './settings.ts';

/** The passdbs that were asked so far. */
export interface PassdbWalk {
  readonly request: AuthRequest;
  hasSucceeded: boolean;
  sawBroken: boolean;
  lastTitle: string;
  /** The last one's rule makes a failure of it. */
  isFailedByRule: boolean;
}

export function allSkipped(request: AuthRequest): PassdbResult {
  const title = request.mechanism === '' ? undefined : request.mechanism.toLowerCase();
  request.error(title, 'All password databases were skipped');
  return 'broken';
}

export function denied(request: AuthRequest, title: string, result: PassdbResult): PassdbResult {
  if (result === 'broken') return 'broken';
  request.info(request.isNested ? title : undefined, 'User found from deny passdb');
  return 'disabled';
}

export function ruleOf(settings: PassdbSettings, result: PassdbResult): AuthRule {
  if (result === 'ok') return settings.resultSuccess;
  if (result === 'broken') return settings.resultInternalfail;
  return result === 'next' ? 'continue' : settings.resultFailure;
}

export function lastResult(result: PassdbResult, goesOn: boolean, walk: PassdbWalk): PassdbResult {
  if (result === 'next') {
    walk.request.error(walk.lastTitle, 'Last passdb had noauthenticate field, cannot authenticate user');
    return 'broken';
  }
  if (walk.hasSucceeded) return 'ok';
  if (walk.isFailedByRule && result === 'ok') return 'mismatch';
  if (walk.sawBroken || result === 'broken') return 'broken';
  return result === 'ok' && goesOn ? 'mismatch' : result; // nobody said that this is success
}
