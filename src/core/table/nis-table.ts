/** nis: (nis_table(5)): no NIS domain is ever asked here, which is what the original says where none is set. */
import {type TableContext, type TableType, warnOf} from './context.ts';

export const nis: TableType = {
  type: 'nis',
  summary: 'NIS maps: no NIS domain is asked, nothing is found',
  open(argument, context) {
    let isTold = false;
    const lookup = (): undefined => {
      if (!isTold) tell(context);
      isTold = true;
    };
    return {name: `nis:${argument}`, isPattern: false, lookup, close() {}};
  },
};

function tell(context: TableContext): void {
  warnOf(context)('dict_nis_init: NIS domain name not set - NIS lookups disabled');
}
