import type { ReactNode } from 'react';
import styles from './Table.module.css';

/** Rows that are told at most: a table is for reading, and the page must stay quick. The caption says what is left out. */
export const MOST_ROWS = 500;

export interface TableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
  /** Rows there are, where not all are given. */
  readonly of: number;
}

export const Table = ({ caption, columns, rows, of }: TableProps) => (
  <table className={styles['table']}>
    <caption>
      {caption}
      {of > rows.length && ` (${rows.length} of ${of})`}
    </caption>
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((cells, k) => (
        // Rows are places in a list, not things with an identity of their own.
        <tr key={k}>
          {cells.map((cell, c) => (
            <td key={columns[c]}>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
