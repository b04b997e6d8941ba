/** The part of edtf.js that we use; it brings no types of its own. */
declare module 'edtf' {
  /** A syntax node: a date (values are year, month from 0, day, hour, …), or a range or choice of them. */
  export interface EdtfNode {
    type: 'Date' | 'Year' | 'Decade' | 'Century' | 'Season' | 'Interval' | 'Set' | 'List';
    values: (EdtfNode | EdtfNode[] | number | null)[];
    approximate?: boolean | number;
    uncertain?: boolean | number;
    unspecified?: number;
    earlier?: boolean;
    later?: boolean;
  }
  export function parse(text: string): EdtfNode;
  export default function edtf(node: EdtfNode): { min: number; max: number };
}
