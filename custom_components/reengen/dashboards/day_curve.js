/**
 * A card: the power of today over that of yesterday, hour by hour, on the clock of the account.
 *
 * Its config: `statistic` (the id of an hourly energy statistic), `time_zone` (IANA), `entity` (the sensor of the power,
 * which a click opens; may be left out), and the texts `label`, `today` and `yesterday`.
 */
const REFRESH_MS = 5 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
// A yesterday and a today of 25 hours.
const READ_MS = 50 * HOUR_MS;

// The user's number format -> a language that writes numbers so; `language` and `system` stand for themselves.
const NUMBER_LANGUAGES = {
  comma_decimal: "en-US",
  decimal_comma: "de",
  space_comma: "fr",
  quote_decimal: "de-CH",
  none: "en-US",
};

const TEMPLATE = `
  <style>
    :host { display: block; height: 100%; }
    ha-card { display: flex; flex-direction: column; height: 100%; box-sizing: border-box; padding: 12px 24px 12px 16px;
      color: var(--secondary-text-color); font-size: 12px; }
    ha-card.opens { cursor: pointer; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; padding-bottom: 14px; }
    .legend span::before { content: ""; display: inline-block; width: 16px; margin-inline-end: 6px; vertical-align: middle; }
    .legend .today::before { border-top: 3px solid var(--primary-color); }
    .legend .yesterday::before { border-top: 2px solid var(--secondary-text-color); opacity: 0.7; }
    .plot { display: grid; flex: 1; grid-template: minmax(96px, 1fr) auto / auto 1fr; gap: 12px 8px; }
    .values, .hours { display: flex; justify-content: space-between; line-height: 0; }
    .values { flex-direction: column; text-align: end; }
    .hours { grid-column: 2; padding-bottom: 6px; }
    .hours span { display: flex; justify-content: center; width: 0; white-space: nowrap; }
    .lines { position: relative; }
    svg { position: absolute; width: 100%; height: 100%; overflow: visible; }
    path { fill: none; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
    path.grid { stroke: var(--divider-color); stroke-width: 1; }
    path.yesterday { stroke: var(--secondary-text-color); stroke-width: 2; opacity: 0.7; }
    path.today { stroke: var(--primary-color); stroke-width: 3; }
  </style>
  <ha-card>
    <div class="legend"><span class="today"></span><span class="yesterday"></span><div>kW</div></div>
    <div class="plot" role="img">
      <div class="values"></div>
      <div class="lines">
        <svg preserveAspectRatio="none" aria-hidden="true">
          <path class="grid" /><path class="yesterday" /><path class="today" />
        </svg>
      </div>
      <div class="hours"></div>
    </div>
  </ha-card>`;

class ReengenDayCurve extends HTMLElement {
  _rows = [];

  setConfig(config) {
    if (!config.statistic || !config.time_zone) throw new Error("statistic and time_zone are needed");
    this._config = config;
    this._rows = [];
    const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" };
    this._clock = new Intl.DateTimeFormat("en-US", { timeZone: config.time_zone, hourCycle: "h23", ...fields });
    this._build();
    this._refresh();
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    const entity = this._config?.entity;
    if (!before || before.states[entity] !== hass.states[entity]) this._refresh();
    else if (before.locale !== hass.locale) this._draw();
  }

  connectedCallback() {
    this._timer = setInterval(() => this._refresh(), REFRESH_MS);
    this._refresh();
  }

  disconnectedCallback() {
    clearInterval(this._timer);
  }

  getCardSize() {
    return 4;
  }

  getGridOptions() {
    return { columns: "full", rows: 4, min_columns: 6, min_rows: 3 };
  }

  _build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.innerHTML = TEMPLATE;
    const { entity, label, today, yesterday } = this._config;
    root.querySelector(".legend .today").textContent = today;
    root.querySelector(".legend .yesterday").textContent = yesterday;
    root.querySelector(".plot").setAttribute("aria-label", label);
    if (!entity) return;
    const card = root.querySelector("ha-card");
    card.classList.add("opens");
    card.addEventListener("click", () => {
      const detail = { entityId: entity };
      this.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }));
    });
  }

  async _refresh() {
    if (!this.isConnected || !this._hass || !this._config || this._isReading) return;
    const config = this._config;
    const now = Date.now();
    this._isReading = true;
    try {
      const found = await this._hass.callWS({
        type: "recorder/statistics_during_period",
        start_time: new Date(now - READ_MS).toISOString(),
        statistic_ids: [config.statistic],
        period: "hour",
        units: { energy: "kWh" },
        types: ["change"],
      });
      this._rows = found[config.statistic] ?? [];
    } catch {
      // What is drawn stays until Home Assistant responds again.
    } finally {
      this._isReading = false;
    }
    if (config === this._config) this._draw(now);
    else this._refresh();
  }

  /** Return the day (as its midnight in UTC) and the hour that the account's clock shows at an instant. */
  _wall(instant) {
    const parts = this._clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]);
    const { year, month, day, hour, minute } = Object.fromEntries(parts);
    return { day: Date.UTC(year, month - 1, day), hour: hour + minute / 60 };
  }

  /** Return the hours of a day that are known: where their middle stands on the clock, and their mean power in kW. */
  _hours(day) {
    return this._rows
      .filter(({ change }) => typeof change === "number")
      .map(({ start, change }) => ({ start, power: change, ...this._wall(start) }))
      .filter((hour) => hour.day === day);
  }

  _draw(now = this._drawnAt) {
    if (!now) return;
    this._drawnAt = now;
    const today = this._wall(now).day;
    const hours = { today: this._hours(today), yesterday: this._hours(today - DAY_MS) };
    const powers = [0, ...Object.values(hours).flat().map(({ power }) => power)];
    const step = niceStep(Math.max(...powers) - Math.min(...powers));
    const high = Math.max(1, Math.ceil(Math.max(...powers) / step));
    const low = Math.floor(Math.min(...powers) / step);
    const ticks = Array.from({ length: high - low + 1 }, (_, index) => (high - index) * step);
    const find = (selector) => this.shadowRoot.querySelector(selector);
    find("svg").setAttribute("viewBox", `0 ${-high * step} 24 ${(high - low) * step}`);
    find("path.grid").setAttribute("d", ticks.map((tick) => `M0 ${-tick}H24`).join(""));
    for (const day of ["today", "yesterday"]) find(`path.${day}`).setAttribute("d", pathOf(hours[day]));
    label(find(".values"), ticks.map(numberFormat(this._hass.locale)));
    label(find(".hours"), [0, 6, 12, 18, 24].map(hourFormat(this._hass.locale)));
  }
}

/** Return the path through hours, cut where one is missing; an hour that the clock repeats stands over the first one. */
function pathOf(hours) {
  const isNext = (index) => hours[index].start - hours[index - 1]?.start === HOUR_MS;
  return hours.map(({ hour, power }, index) => `${isNext(index) ? "L" : "M"}${hour + 0.5} ${-power}h0`).join("");
}

/** Return a step of 1, 2 or 5 times a power of ten that goes into a range four times at most. */
function niceStep(range) {
  const least = range / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
}

function numberFormat({ language, number_format: format }) {
  const usual = format === "system" ? undefined : language;
  const written = new Intl.NumberFormat(NUMBER_LANGUAGES[format] ?? usual, { useGrouping: format !== "none" });
  return (value) => written.format(value);
}

function hourFormat({ language, time_format: format }) {
  const usual = format === "system" ? undefined : language;
  const isUsual = new Intl.DateTimeFormat(usual, { hour: "numeric" }).resolvedOptions().hour12;
  const is12 = format === "12" || (format !== "24" && isUsual);
  const fields = is12 ? { hour: "numeric", hour12: true } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const clock = new Intl.DateTimeFormat(usual, { ...fields, timeZone: "UTC" });
  return (hour) => clock.format(Date.UTC(2000, 0, 1, hour));
}

function label(parent, texts) {
  parent.replaceChildren(...texts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
}

// Home Assistant's app replaces the registry of elements when it begins, and knows nothing of what was defined before.
await customElements.whenDefined("home-assistant");
if (!customElements.get("reengen-day-curve")) customElements.define("reengen-day-curve", ReengenDayCurve);
