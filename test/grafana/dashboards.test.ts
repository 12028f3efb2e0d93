import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quietPanels } from "../../tools/grafana/board.ts";
import { readBoards } from "../../tools/grafana/read-boards.ts";
import {
  type DashboardJson,
  type PanelJson,
  readDashboards,
  readDatasources,
} from "../_support/grafana-files.ts";

const committed = readDashboards();
const boards = await readBoards();
const dashboards = [...committed].map(
  ([file, text]) => [file, JSON.parse(text) as DashboardJson] as const,
);

/** Panels for which `isWrong`, by file and title. */
function panelsThat(isWrong: (panel: PanelJson) => boolean): string[] {
  return dashboards.flatMap(([file, { panels }]) =>
    panels.filter(isWrong).map(({ title, id }) => `${file}: ${id} ${title}`),
  );
}

function overlap(one: PanelJson, other: PanelJson): boolean {
  const [a, b] = [one.gridPos, other.gridPos];
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe("grafana/dashboards", () => {
  it("holds what `npm run dashboards` writes, and no other file", () => {
    assert.deepEqual([...committed.keys()], boards.map(({ name }) => name).toSorted());
    for (const { name, text } of boards) {
      assert.equal(committed.get(name), text, `${name} is not up to date: npm run dashboards`);
    }
  });

  it("has the six dashboards, in classic JSON, that link to each other and keep the choice", () => {
    const uids = dashboards.map(([, { uid }]) => uid);

    for (const name of [
      "overview",
      "actor-type",
      "requests",
      "supervision",
      "runtime",
      "cluster",
    ]) {
      assert.ok(uids.includes(`limelight-${name}`), name);
    }
    assert.equal(new Set(uids).size, uids.length);
    for (const [file, { schemaVersion, tags, links }] of dashboards) {
      assert.equal(schemaVersion, 42, file);
      assert.deepEqual(tags, ["limelight"], file);
      assert.deepEqual(
        links.map((link) => [link["type"], link["tags"], link["includeVars"], link["keepTime"]]),
        [["dashboards", ["limelight"], true, true]],
        file,
      );
    }
  });

  it("links to dashboards and variables there are", () => {
    const uids = new Map(
      dashboards.map(([, { uid, templating }]) => [uid, templating.list.map(({ name }) => name)]),
    );
    const links = [...committed.values()].flatMap((text) => [
      ...text.matchAll(/"\/d\/([\w-]+)\?var-(\w+)=/g),
    ]);

    assert.ok(links.length > 10);
    for (const [link, uid = "", name = ""] of links) {
      assert.ok(uids.get(uid)?.includes(name), link);
    }
  });

  it("links with values of variables there are", () => {
    for (const [file, text] of committed) {
      const { templating } = JSON.parse(text) as DashboardJson;
      const names = new Set(templating.list.map(({ name }) => name));
      const kept = [...text.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name = ""]) => name);
      assert.deepEqual(
        kept.filter((name) => !names.has(name)),
        [],
        file,
      );
    }
  });

  it("gives each panel an id of its own and a place of its own on the grid", () => {
    for (const [file, { panels }] of dashboards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, file);
      for (const [index, panel] of panels.entries()) {
        const { x, w } = panel.gridPos;
        assert.ok(x >= 0 && x + w <= 24, `${file}: ${panel.title} is off the grid`);
        const under = panels.slice(index + 1).filter((other) => overlap(panel, other));
        assert.deepEqual(
          under.map(({ title }) => title),
          [],
          `${file}: below ${panel.title}`,
        );
      }
    }
  });

  it("has rows that go from whether to why", () => {
    for (const [file, { panels }] of dashboards) {
      const rows = panels.filter(({ type }) => type === "row").map(({ title }) => title);
      assert.equal(rows[0], "Is it fine?", file);
      assert.equal(panels[0]?.type, "row", file);
      assert.ok(rows.length >= 4 && rows.every((title) => title.endsWith("?")), file);
    }
  });

  it("has panels with a title of their own and a description that says more", () => {
    for (const [file, { panels }] of dashboards) {
      const titles = panels.map(({ title }) => title);
      assert.deepEqual(
        titles.filter((title, index) => titles.indexOf(title) !== index),
        [],
        file,
      );
    }
    const silent = panelsThat(
      ({ type, title, description = "" }) => type !== "row" && description.length <= title.length,
    );
    assert.deepEqual(silent, []);
  });

  it("has panels with units and legends, wherever there are numbers", () => {
    const shown = new Set(["stat", "timeseries", "heatmap"]);
    const numbers = ({ targets = [] }: PanelJson): boolean =>
      targets.some(({ datasource }) => datasource.type === "prometheus");
    const unitless = panelsThat((each) => numbers(each) && !each.fieldConfig?.defaults["unit"]);
    const unnamed = panelsThat(
      (each) => numbers(each) && !each.targets?.every(({ legendFormat }) => legendFormat),
    );
    const hidden = panelsThat(
      ({ type, options }) =>
        (type === "timeseries" && options?.legend?.showLegend !== true) ||
        (type === "heatmap" && options?.legend?.show !== true),
    );

    assert.deepEqual([unitless, unnamed, hidden], [[], [], []]);
    const types = dashboards.flatMap(([, { panels }]) => panels.filter(numbers));
    assert.deepEqual(
      [...shown].filter((type) => !types.some((panel) => panel.type === type)),
      [],
    );
  });

  it("asks data sources that are provisioned, of the right type", () => {
    const provisioned = new Map(readDatasources().map(({ uid, type }) => [uid, type]));
    assert.deepEqual([...provisioned.keys()], ["prometheus", "jaeger", "victorialogs"]);
    for (const [file, { templating, panels }] of dashboards) {
      const variables = new Map(
        templating.list
          .filter(({ type }) => type === "datasource")
          .map(({ name, query, current }) => {
            assert.equal(provisioned.get(current?.value ?? ""), query, `${file}: ${name}`);
            return [`$\{${name}}`, query];
          }),
      );
      for (const { title, datasource, targets = [] } of panels) {
        for (const each of [datasource, ...targets.map((target) => target.datasource)]) {
          if (each === undefined) continue;
          assert.equal(variables.get(each.uid), each.type, `${file}: ${title}`);
        }
      }
    }
  });

  it("says which panels are empty as long as nothing goes wrong", () => {
    const quiet = boards.flatMap(({ board }) => quietPanels(board));

    assert.ok(quiet.includes("Restarts by type") && !quiet.includes("Active"));
  });
});

describe("the provisioned data sources", () => {
  it("lead to each other: metric to trace, trace to logs and metrics, log to trace", () => {
    const sources = readDatasources();
    const uids = sources.map(({ uid }) => uid);
    const links = sources.flatMap(({ uid, jsonData }) =>
      [...JSON.stringify(jsonData).matchAll(/"datasourceUid":"(\w+)"/g)].map(
        ([, target = ""]) => `${uid} → ${target}`,
      ),
    );

    assert.deepEqual(links.toSorted(), [
      "jaeger → prometheus",
      "jaeger → victorialogs",
      "prometheus → jaeger",
      "victorialogs → jaeger",
    ]);
    assert.ok(links.every((link) => uids.includes(link.split(" → ")[1] ?? "")));
  });
});
