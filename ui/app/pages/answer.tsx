import { Empty, Page } from "../components";

export default function Answer() {
  return (
    <Page title="Answer">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
