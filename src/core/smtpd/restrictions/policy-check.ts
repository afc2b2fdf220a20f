/** check_policy_service: a server outside decides; its answer is that of an access table (SMTPD_POLICY_README). */
import type {Steps} from '../../address/steps.ts';
import {ask} from '../../address/steps.ts';
import {applyResult} from './access-result.ts';
import type {Check, Status} from './check.ts';
import {policyRequest} from './policy-attributes.ts';
import type {Restriction} from './restriction.ts';

export const policyCheck: readonly Restriction[] = [
  {name: 'check_policy_service', takes: 'service', check: (check, service) => checkPolicy(check, service)},
];

const LAST_RESORT = '451 4.3.5 Server configuration problem';

function* checkPolicy(check: Check, name: string): Steps<Status> {
  const service = check.tools.policyService(name);
  const {policyContext = '', defaultAction = LAST_RESORT} = service?.options ?? {};
  const action = service && (yield* ask(service.ask(policyRequest(check, policyContext))));
  const {replyName, replyClass} = check.question;
  const about = {table: name, datum: 'policy query', replyName, replyClass};
  if (action !== undefined) {
    check.hit = {table: name, key: 'policy query', value: action};
    return yield* applyResult(check, {...about, value: action});
  }
  // The default action may name this very service: that ends here.
  const value = check.isInDefaultAction ? LAST_RESORT : defaultAction;
  const wasIn = check.isInDefaultAction;
  check.isInDefaultAction = true;
  check.hit = {table: name, key: 'policy query', value};
  const status = yield* applyResult(check, {...about, value});
  check.isInDefaultAction = wasIn;
  return status;
}
