// <baoji-chart>: bars from zero in one blue, overdue hatched red; the reading is a line of text above.
import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { message } from "./dom.js";

echarts.use([BarChart, GridComponent, SVGRenderer]);

const role = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--bj-${name}`).trim();

function tone(name) {
  if (name === "over")
    return { color: role("red-fill"), decal: { symbol: "rect", color: role("paper"), dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: Math.PI / 4 } };
  return { color: role(name === "before" ? "chart-before" : "chart") };
}

class BaojiChart extends HTMLElement {
  connectedCallback() {
    this.data = JSON.parse(this.dataset.chart);
    this.plot = this.querySelector("[data-plot]");
    this.table = this.querySelector("[data-table]");
    this.plot.hidden = false;
    this.table.hidden = true;
    this.draw();
    this.button();
    this.watch = new ResizeObserver(() => this.chart.resize());
    this.watch.observe(this.plot);
    this.repaint = () => { this.chart.dispose(); this.draw(); };
    document.addEventListener("baoji:theme", this.repaint);
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    document.removeEventListener("baoji:theme", this.repaint);
    this.chart?.dispose();
  }

  draw() {
    this.chart = echarts.init(this.plot, null, { renderer: "svg" });
    const text = { color: role("ink-3"), fontFamily: "inherit", fontSize: 12 };
    const line = { lineStyle: { color: role("line") } };
    this.chart.setOption({
      animation: false,
      grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
      xAxis: { type: "category", data: this.data.categories, axisLabel: text, axisTick: { show: false }, axisLine: line },
      yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: text, splitLine: line },
      series: this.data.series.map((one) => ({
        type: "bar", name: one.name, data: one.values, stack: this.hasAttribute("stacked") ? "all" : undefined, itemStyle: tone(one.tone), barMaxWidth: 24,
      })),
    });
    this.chart.on("mouseover", ({ dataIndex }) => this.read(dataIndex));
    this.chart.on("click", ({ dataIndex }) => this.read(dataIndex));
  }

  read(index) {
    const place = this.closest("section")?.querySelector("[data-reading]");
    const unit = this.getAttribute("unit") ?? "";
    if (place) place.textContent = `${this.data.categories[index]}　${this.data.series.map((one) => `${one.name} ${one.values[index]}${unit}`).join("，")}`;
  }

  button() {
    const button = document.querySelector(`[data-baoji-table="${CSS.escape(this.id)}"]`);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = this.table.hidden;
      this.table.hidden = !shown;
      this.plot.hidden = shown;
      button.setAttribute("aria-pressed", String(shown));
      button.querySelector("[data-word]").textContent = message(shown ? "chart" : "table");
      if (!shown) this.chart.resize();
    });
  }
}

if (!customElements.get("baoji-chart")) customElements.define("baoji-chart", BaojiChart);
