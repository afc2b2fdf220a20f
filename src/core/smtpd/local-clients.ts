/** Whose mail is completed as if it were written here (postconf(5) local_header_rewrite_clients). */
import type {Later} from '../address/address-rewriter.ts';
import type {AddressSupplies} from '../address/address-maps.ts';
import {OwnDomains} from '../address/own-domains.ts';
import type {Config} from '../config/config.ts';
import {openParameterList} from '../table/parameter-list.ts';

type Question = (address: string, isLoggedIn: boolean, hasCertificate: boolean) => Later<boolean>;

export function rewritesLocally(config: Config, supplies: AddressSupplies): Question {
  const own = new OwnDomains(supplies);
  const networks = openParameterList('mynetworks', config, {config, log: supplies.log, opensLater: true});
  const answers = config.list('local_header_rewrite_clients').map((word): Question => {
    switch (word) {
      case 'permit_inet_interfaces':
        return address => own.hasInterface(address);
      case 'permit_mynetworks':
        return address => networks.matchesAddress(address);
      case 'permit_sasl_authenticated':
        return (_address, isLoggedIn) => isLoggedIn;
      case 'permit_tls_clientcerts':
      case 'permit_tls_all_clientcerts':
        return (_address, _isLoggedIn, hasCertificate) => hasCertificate;
      default:
        supplies.log?.warning(`local_header_rewrite_clients: unsupported: ${word}`);
        return () => false;
    }
  });
  return (...client) => anyOf(answers, client, 0);
}

function anyOf(answers: readonly Question[], client: Parameters<Question>, from: number): Later<boolean> {
  for (let index = from; index < answers.length; index++) {
    const answer = answers[index]?.(...client) ?? false;
    if (answer instanceof Promise) return answer.then(isIt => isIt || anyOf(answers, client, index + 1));
    if (answer) return true;
  }
  return false;
}
