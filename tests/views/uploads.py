"""Zip files of a tiny displacement case, whole and spoilt."""

import io
import zipfile

DAYS = 30
FILES = {
    "input_csv/locations.csv": (
        "#name,region,country,latitude,longitude,location_type,conflict_date,population\n"
        "Alta,A,Home,0.0,30.0,conflict_zone,0,100000\n"
        "Brun,A,Home,0.0,30.5,town,,50000\n"
        "Camp_East,B,Next,0.0,31.5,camp,,\n"
        "Camp_West,C,Other,0.0,28.5,camp,,\n"
    ),
    "input_csv/routes.csv": (
        "#name1,name2,distance,forced_redirection\nAlta,Brun,60,0\nBrun,Camp_East,110,0\nAlta,Camp_West,170,0\n"
    ),
    "input_csv/closures.csv": "#closure_type,name1,name2,closure_start,closure_end\n",
    "input_csv/conflicts.csv": "#Day,Alta\n" + "".join(f"{day},1\n" for day in range(DAYS)),
    "input_csv/registration_corrections.csv": "",
    "input_csv/sim_period.csv": f"StartDate,2015-05-01\nLength,{DAYS}\n",
    "source_data/data_layout.csv": "#total,refugees.csv\ntotal,refugees.csv\n"
    "Camp_East,next-east.csv\nCamp_West,other-west.csv\n",
    "source_data/refugees.csv": "2015-05-01,0\n2015-05-30,3000\n",
    "source_data/next-east.csv": "2015-05-01,0\n2015-05-30,2000\n",
    "source_data/other-west.csv": "2015-05-01,0\n2015-05-30,1000\n",
}


def packed(files=FILES, folders=("tiny",), **changed):
    """Return a zip file of a case; ``changed`` gives a file, by its stem, another content; None: left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for name, content in files.items():
                content = changed.get(name.rpartition("/")[2].removesuffix(".csv").replace("-", "_"), content)
                if content is not None:
                    archive.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()
