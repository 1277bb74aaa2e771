import { Empty, Page } from "../components";

export default function Work() {
  return (
    <Page title="Work">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
