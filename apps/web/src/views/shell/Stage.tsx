import { useState } from 'react';
import { moves, type Tab, tabs } from '../../store/index.ts';
import hidden from '../parts/hidden.module.css';
import { useMove, usePick } from '../scope.ts';
import { ExtentTable } from '../tables/ExtentTable.tsx';
import { FolioTable } from '../tables/FolioTable.tsx';
import { StripTable } from '../tables/StripTable.tsx';
import { Banners } from '../states/Banners.tsx';
import { EmptyPage } from '../states/EmptyPage.tsx';
import { FoliosStage } from './FoliosStage.tsx';
import { MapStage } from './MapStage.tsx';
import styles from './Stage.module.css';
import { StripsStage } from './StripsStage.tsx';

const names: Readonly<Record<Tab, string>> = { map: 'Map', strips: 'Strips', folios: 'Folios' };

/** The tabs and what they show: a picture, and the same as tables. */
export function Stage() {
  const move = useMove(),
    [say, setSay] = useState('');
  const { tab, isTable, hasFile, isOld, isBlank } = usePick(({ tab, isTable, file, pulse }) => ({
    tab,
    isTable,
    hasFile: file !== undefined,
    isOld: pulse?.link.is === 'lost' || (pulse?.link.is === 'connecting' && pulse.isSettled),
    isBlank: file === undefined,
  }));
  return (
    <main className={styles['main']}>
      <Banners />
      <div className={styles['tabs']}>
        <div role="tablist" aria-label="Views" className={styles['list']}>
          {tabs.map((name) => (
            <button
              key={name}
              role="tab"
              id={`tab-${name}`}
              aria-selected={tab === name}
              aria-controls="stage"
              tabIndex={tab === name ? 0 : -1}
              className={styles['tab']}
              onClick={() => move(moves.showTab(name))}
              onKeyDown={(event) => {
                const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
                if (by === 0) return;
                event.stopPropagation();
                event.preventDefault();
                const next = tabs[(tabs.indexOf(name) + by + tabs.length) % tabs.length]!;
                move(moves.showTab(next));
                document.getElementById(`tab-${next}`)?.focus();
              }}
            >
              {names[name]}
            </button>
          ))}
        </div>
        <span className={styles['say']}>{hasFile ? say : ''}</span>
        {hasFile && (
          <button className={styles['toggle']} aria-pressed={isTable} onClick={() => move(moves.turnTable)} title="The same as tables">
            table
          </button>
        )}
      </div>
      <div id="stage" role="tabpanel" aria-labelledby={`tab-${tab}`} className={styles['panel']} data-old={isOld}>
        {isBlank ? (
          <EmptyPage />
        ) : (
          <section aria-label={names[tab]} className={styles['stage']}>
            {!isTable && tab === 'map' && <MapStage onSay={setSay} />}
            {!isTable && tab === 'folios' && <FoliosStage onSay={setSay} />}
            {!isTable && tab === 'strips' && <StripsStage onSay={setSay} />}
            <div className={isTable ? styles['tables'] : hidden['hidden']}>
              {tab === 'map' && (
                <>
                  <ExtentTable layer="data" />
                  <ExtentTable layer="pending" />
                  {/* The folio lane is part of the map's picture, and a region of its own to those who do not see it. */}
                  <section aria-label={names.folios}>
                    <FolioTable />
                  </section>
                </>
              )}
              {tab === 'strips' && <StripTable />}
              {tab === 'folios' && <FolioTable />}
            </div>
          </section>
        )}
      </div>
    </main>
  );
}
