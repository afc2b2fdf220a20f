/** One namespace of a store: its settings, its tree, and names with and without its prefix. */
import {parseLocation} from './mail-location.ts';
import {FolderTree} from './folder-tree.ts';
import type {Namespace} from './mail-store.ts';
import {storageName} from './box-name.ts';
import type {NamespaceSettings} from './store-settings.ts';

export class NamespaceRoot {
  readonly settings: NamespaceSettings;
  readonly separator: string;
  readonly tree: FolderTree;

  constructor(settings: NamespaceSettings, location: string, home: string) {
    this.settings = settings;
    const parsed = parseLocation(location, home);
    this.separator = settings.separator === '' ? (parsed.layout === 'fs' ? '/' : '.') : settings.separator;
    this.tree = new FolderTree(parsed, settings.inbox);
  }

  get prefix(): string {
    return this.settings.prefix;
  }

  describe(): Namespace {
    const {prefix, type, inbox, hidden, list, subscriptions} = this.settings;
    return {
      prefix,
      separator: this.separator,
      type,
      isInbox: inbox,
      isHidden: hidden,
      list,
      hasSubscriptions: subscriptions,
    };
  }

  /** The tree's name of a mailbox of this namespace; throws `MailError` invalid-name. */
  inTree(name: string, isNew: boolean): string {
    if (this.settings.inbox && name.toUpperCase() === 'INBOX') return 'INBOX';
    const {location} = this.tree;
    const rules = {separator: this.separator, layout: location.layout, driver: location.driver};
    return withInbox(storageName(name.slice(this.prefix.length), rules, isNew));
  }

  /** A name of the tree as clients know it. */
  toClient(name: string): string {
    if (name === 'INBOX' && this.settings.inbox) return name;
    return this.prefix + (this.separator === '/' ? name : name.replaceAll('/', this.separator));
  }
}

/** INBOX in any case also begins the names of its children. */
function withInbox(name: string): string {
  return name.slice(0, 6).toUpperCase() === 'INBOX/' ? `INBOX${name.slice(5)}` : name;
}
