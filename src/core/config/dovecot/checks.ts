/**
 * What makes a configuration wrong although each of its lines is right, in the words of the original: checked for
 * everybody and for each section that is for some. Each module of settings has its own check.
 */
import {checkAuth} from './checks/auth.ts';
import {checkImapc, checkMailStorage, checkMailUser, checkPop3c} from './checks/mail.ts';
import {checkDirector, checkDoveadm, checkImap, checkLmtp, checkPop3} from './checks/programs.ts';
import {checkProcess, checkSsl, checkSubmission} from './checks/programs.ts';
import {checkMaster, prefixedListeners} from './checks/services.ts';
import {SettingsView, type Check} from './checks/settings-view.ts';
import {checkStats} from './checks/stats.ts';
import {LayerConflict, mergeLayers, type Layer} from './layer.ts';
import {settingModules, type SettingModule} from './registry.ts';
import {directorRows, doveadmRows, statsRows} from './rows/administration.ts';
import {authRows} from './rows/auth.ts';
import {lmtpRows} from './rows/delivery.ts';
import {imapRows} from './rows/imap.ts';
import {submissionLoginRows} from './rows/login.ts';
import {mailStorageRows, mailUserRows} from './rows/mail.ts';
import {pop3Rows} from './rows/pop3.ts';
import {imapcRows, pop3cRows} from './rows/remote-storage.ts';
import {masterRows, masterServiceRows} from './rows/service.ts';
import {masterServiceSslRows} from './rows/ssl.ts';
import {submissionRows} from './rows/submission.ts';
import type {Section} from './section.ts';

const CHECKS: ReadonlyMap<SettingModule, Check> = new Map<SettingModule, Check>([
  [masterServiceRows, checkProcess],
  [masterServiceSslRows, checkSsl],
  [authRows, checkAuth],
  [directorRows, checkDirector],
  [doveadmRows, checkDoveadm],
  [imapRows, checkImap],
  [imapcRows, checkImapc],
  [lmtpRows, checkLmtp],
  [mailStorageRows, checkMailStorage],
  [mailUserRows, checkMailUser],
  [masterRows, checkMaster],
  [pop3Rows, checkPop3],
  [pop3cRows, checkPop3c],
  [statsRows, checkStats],
  [submissionLoginRows, checkSubmission],
  [submissionRows, checkSubmission],
]);

interface Finding {
  readonly module: SettingModule;
  readonly text: string;
}

/** What is wrong, each module's first fault, in the order of the modules. */
export function checkSettings(root: Section): Finding[] {
  const view = new SettingsView(root);
  return settingModules.flatMap(module => {
    const text = CHECKS.get(module)?.(view);
    return text === undefined ? [] : [{module, text}];
  });
}

/** What is wrong first, for anybody. */
export function checkLayers(layers: readonly Layer[]): string | undefined {
  for (const layer of layers) {
    try {
      const [fault] = checkSettings(mergeLayers(layers, layer.filter));
      if (fault !== undefined) return fault.text;
    } catch (fault) {
      if (!(fault instanceof LayerConflict)) throw fault;
      return fault.message;
    }
  }
  return undefined;
}

/** What would better be otherwise. */
export function adviceFor(root: Section): string[] {
  return prefixedListeners(new SettingsView(root));
}
